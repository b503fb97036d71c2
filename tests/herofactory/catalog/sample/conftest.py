from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.icons import icon_package


@pytest.fixture(scope="session")
def package() -> Path:
    return icon_package()

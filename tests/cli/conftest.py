"""One platform for the tests that leave it as they found it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.platform import Platform
from tests.support.postgres import reachable_folder


@pytest.fixture(scope="session")
def data_root() -> Iterator[Path]:
    with reachable_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def platform(data_root: Path) -> Iterator[Platform]:
    with Platform(data_root / "shared") as platform:
        yield platform.serving()

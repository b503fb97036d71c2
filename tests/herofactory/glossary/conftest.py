from __future__ import annotations

from collections.abc import Sequence

import pytest

from herofactory.catalog.sample.package import read_icons
from herofactory.glossary import Glossary
from tests.support.icons import icon_package


@pytest.fixture(scope="session")
def icon_names() -> Sequence[str]:
    return [icon.name for icon in read_icons(icon_package())]


@pytest.fixture(scope="session")
def glossary() -> Glossary:
    return Glossary.load()

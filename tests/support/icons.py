"""The icon package of the sample catalogue, fetched once into the repository's cache folder."""

from __future__ import annotations

from pathlib import Path

from herofactory.catalog.sample import fetch_package

CACHE = Path(__file__).parents[2] / ".cache" / "npm"


def icon_package() -> Path:
    """Needs the npm registry on the first call only."""
    return fetch_package(CACHE)

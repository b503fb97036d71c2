"""The icon package of the sample catalogue, fetched once into the repository's cache folder."""

from __future__ import annotations

import json
from pathlib import Path

from herofactory.catalog.sample import fetch_package
from herofactory.catalog.sample.package import wanted_version

CACHE = Path(__file__).parents[2] / ".cache" / "npm"
_BLOB = '<path fill="currentColor" d="M256 60 L440 256 L256 450 L70 256 Z"/>'


def icon_package() -> Path:
    """Needs the npm registry on the first call only."""
    return fetch_package(CACHE)


def octopuses(folder: Path) -> Path:
    """An icon set of three in the form of the package."""
    names = ("octopus", "angry-octopus", "pirate-skull")
    icons = {"width": 512, "icons": {name: {"body": _BLOB} for name in names}}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "icons.json").write_text(json.dumps(icons))
    (folder / "info.json").write_text(json.dumps({"author": {"name": "Somebody"}}))
    (folder / "package.json").write_text(json.dumps({"version": wanted_version()}))
    return folder

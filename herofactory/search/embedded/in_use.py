"""Which place readers use: `<root>/in-use` names it. Each place is a folder that holds an index of its own."""

from __future__ import annotations

from pathlib import Path

from herofactory.search.embedded import pointer
from herofactory.search.places import FIRST

_FILE = "in-use"


def folder(root: Path, place: str) -> Path:
    """The first place is the root itself, as it was before there were others."""
    return root if place == FIRST else root / place


def is_told(root: Path) -> bool:
    return state(root) is not None


def read(root: Path) -> str:
    return pointer.read(root / _FILE) or FIRST


def write(root: Path, place: str) -> None:
    """One step; durable when it returns."""
    pointer.write(root / _FILE, place)


def state(root: Path) -> pointer.State | None:
    """Changes whenever the place in use does; costs one stat (2 us)."""
    return pointer.state(root / _FILE)

"""What was built in a place, one after the other: `<place>/generation-<id>/` each, and `<place>/current` naming the one
that counts. A rebuild makes the next. Which place readers use is told in places.py."""

from __future__ import annotations

import shutil
from pathlib import Path

import tantivy

from herofactory.platform.ids import uuid7
from herofactory.search.embedded import pointer
from herofactory.search.embedded.lock import FileLock
from herofactory.search.embedded.schema import schema
from herofactory.search.embedded.stamp import current_stamp

_POINTER = "current"
_PREFIX = "generation-"


def create(root: Path) -> Path:
    """An empty generation with this program's stamp, not in use yet."""
    path = root / f"{_PREFIX}{uuid7()}"
    path.mkdir(parents=True)
    current_stamp().write(path)
    tantivy.Index(schema(), path=str(path))
    return path


def current(root: Path) -> Path | None:
    """The generation in use; None before the first, and where somebody deleted it."""
    name = pointer.read(root / _POINTER)
    path = root / name if name else None
    return path if path and path.name.startswith(_PREFIX) and path.is_dir() else None


def pointer_state(root: Path) -> pointer.State | None:
    """Changes whenever the pointer does; costs one stat (2 us)."""
    return pointer.state(root / _POINTER)


def make_current(root: Path, generation: Path) -> None:
    """Swaps atomically; durable when it returns."""
    pointer.write(root / _POINTER, generation.name)


def remove_all(root: Path) -> None:
    """Whoever reads or writes them. The pointer first, so that nobody finds half of one."""
    (root / _POINTER).unlink(missing_ok=True)
    for path in root.glob(f"{_PREFIX}*"):
        shutil.rmtree(path, ignore_errors=True)


def readers_lock(generation: Path) -> FileLock:
    """Held shared by every reader of a generation."""
    return FileLock(generation / "readers.lock")


def remove_unused(root: Path) -> list[str]:
    """Removes generations that are not current and that nobody reads, leftovers of a crash too; their names."""
    removed: list[str] = []
    in_use = current(root)
    for path in sorted(root.glob(f"{_PREFIX}*")):
        if path == in_use:
            continue
        with readers_lock(path) as lock:
            if lock.acquire("exclusive"):
                shutil.rmtree(path, ignore_errors=True)
                removed.append(path.name)
    return removed

"""Generations of the index: `<root>/<generation>/` each, and the file `<root>/current` naming the one in use."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import tantivy

from herofactory.platform.ids import uuid7
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
    try:
        name = (root / _POINTER).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    path = root / name
    return path if name.startswith(_PREFIX) and path.is_dir() else None


def pointer_state(root: Path) -> tuple[int, int] | None:
    """Changes whenever the pointer does; costs one stat (2 us)."""
    try:
        status = (root / _POINTER).stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns


def make_current(root: Path, generation: Path) -> None:
    """Swaps atomically; durable when it returns."""
    fresh = root / f"{_POINTER}.new"
    with fresh.open("w", encoding="utf-8") as file:
        file.write(generation.name + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(root / _POINTER)
    folder = os.open(root, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def request(root: Path) -> Path:
    """The file whose presence asks for a rebuild."""
    return root / "rebuild-requested"


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

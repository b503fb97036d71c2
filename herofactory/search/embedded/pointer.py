"""Small files that name something: swapped in one step, and cheap to look at for a change."""

from __future__ import annotations

import os
from pathlib import Path

State = tuple[int, int, int]


def read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None


def write(path: Path, name: str) -> None:
    """Swaps atomically; durable when it returns."""
    fresh = path.with_name(f"{path.name}.new")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(name + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def state(path: Path) -> State | None:
    """Changes whenever the file does; costs one stat (2 us)."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size

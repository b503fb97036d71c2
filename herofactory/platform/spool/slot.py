"""Folders of spilled messages, one per live process; what a dead one left is taken over."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from herofactory.platform.spool.segment import SUFFIX

_LOCK = "lock"
_MOST = 1000
"""Processes of one name on one machine."""


class Slot:
    """A folder that this process alone uses: the kernel lets go of its lock when the process dies, however it dies."""

    def __init__(self, folder: Path, descriptor: int) -> None:
        self.folder = folder
        self._descriptor = descriptor

    def release(self) -> None:
        os.close(self._descriptor)


def claim(parent: Path, name: str) -> Slot:
    """The first free one of `name-0`, `name-1`, ... below `parent`, with the files of all other free ones in it.

    Raises OSError.
    """
    for number in range(_MOST):
        slot = _try_claim(parent / f"{name}-{number}")
        if slot is not None:
            for other in _abandoned(parent, name):
                _move_files(other, slot)
            return slot
    raise OSError(f"{parent} holds {_MOST} folders in use")


def _abandoned(parent: Path, name: str) -> Iterator[Slot]:
    for folder in sorted(parent.glob(f"{name}-*")):
        slot = _try_claim(folder)
        if slot is not None:
            try:
                yield slot
            finally:
                slot.release()


def _try_claim(folder: Path) -> Slot | None:
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return Slot(folder, descriptor)


def _move_files(source: Slot, target: Slot) -> None:
    """Before those that are there, in their order: a crash in between leaves each file in one of the two."""
    first = min((number_of(path) for path in files(target.folder)), default=FIRST)
    for path in reversed(files(source.folder)):
        first -= 1
        path.rename(path_of(target.folder, first))


FIRST = 1_000_000_000
"""Number of a folder's first file: what belongs before it gets a lower one."""


def files(folder: Path) -> list[Path]:
    """In the order of delivery."""
    return sorted(folder.glob(f"*{SUFFIX}"), key=number_of)


def number_of(path: Path) -> int:
    """0 for a name that is none of ours."""
    return int(path.stem) if path.stem.isdecimal() else 0


def path_of(folder: Path, number: int) -> Path:
    return folder / f"{number:012d}{SUFFIX}"

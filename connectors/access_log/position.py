"""How far each file was read: kept in a file of its own, replaced as a whole."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from herofactory.platform.telemetry.logging import get_logger

PREFIX = 256
"""Bytes that tell a file from another one which got its inode: a line's time and id are among the first 90."""


@dataclass(frozen=True, slots=True)
class Position:
    inode: int
    offset: int = 0
    """Bytes whose lines the event log has taken; always at the begin of a line."""
    prefix: str = ""
    """The first `min(offset, PREFIX)` bytes, in hexadecimal."""
    size: int = 0
    """Bytes of the file when it was last looked at."""

    @property
    def unread(self) -> int:
        return max(self.size - self.offset, 0)

    def after(self, read: bytes) -> Position:
        """Behind bytes that were read at `offset`. What else the file may hold by now does not matter."""
        prefix = self.prefix + read[: max(PREFIX - self.offset, 0)].hex()
        offset = self.offset + len(read)
        return Position(self.inode, offset, prefix, max(self.size, offset))

    def is_of(self, file: int) -> bool:
        """Whether the open file still begins with what was read of it."""
        begin = os.pread(file, min(self.offset, PREFIX), 0)
        return os.fstat(file).st_size >= self.offset and begin.hex() == self.prefix


class Positions:
    """Durable when `save` returns."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known = {position.inode: position for position in _load(file)}

    def get(self, inode: int) -> Position | None:
        return self._known.get(inode)

    def put(self, position: Position) -> None:
        self._known[position.inode] = position

    def forget(self, inode: int) -> None:
        del self._known[inode]

    def inodes(self) -> frozenset[int]:
        return frozenset(self._known)

    def save(self) -> None:
        """Raises OSError, and then the file is as it was."""
        fresh = self._file.with_suffix(".new")
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with fresh.open("w", encoding="ascii") as out:
            json.dump([asdict(position) for position in self._known.values()], out)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(self._file)
        folder = os.open(self._file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _load(file: Path) -> Iterable[Position]:
    try:
        return [Position(**each) for each in json.loads(file.read_bytes())]
    except FileNotFoundError:
        return ()
    except (ValueError, TypeError):
        # Everything is read once more: readers count an event.id once.
        get_logger(__name__).exception("the positions cannot be read; beginning anew", file=str(file))
        return ()

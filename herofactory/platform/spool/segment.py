"""One file of spilled messages: a header that says how far they were delivered, then frames."""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Self

from herofactory.platform.spool.frame import Frame, frames

_MAGIC = b"HSP1"
_HEADER = struct.Struct(">4sQ")
SUFFIX = ".spool"


class Segment:
    """Not thread-safe. Nothing is synced to the disk: a file outlives its process, not a power cut."""

    def __init__(self, path: Path, start: int, end: int, records: int, *, torn: bool) -> None:
        self.path = path
        self.size = end
        """Bytes of the file that are good."""
        self.records = records
        """Not yet delivered."""
        self.torn = torn
        """Something behind its good part was not readable."""
        self._start = start

    @classmethod
    def create(cls, path: Path) -> Self:
        """Raises OSError."""
        path.write_bytes(_HEADER.pack(_MAGIC, _HEADER.size))
        return cls(path, _HEADER.size, _HEADER.size, 0, torn=False)

    @classmethod
    def open(cls, path: Path) -> Self:
        """A file that another process left. Raises OSError."""
        data = path.read_bytes()
        start = _start(data)
        found = [frame.end for frame in frames(data, start)]
        end = found[-1] if found else min(start, len(data))
        return cls(path, start, end, len(found), torn=end < len(data))

    def append(self, encoded: Sequence[bytes]) -> None:
        """Whole frames, all of them or none. Raises OSError."""
        data = b"".join(encoded)
        with self.path.open("r+b") as file:
            try:
                file.seek(self.size)
                file.write(data)
                file.flush()
            except OSError:
                os.ftruncate(file.fileno(), self.size)
                raise
        self.size += len(data)
        self.records += len(encoded)

    def peek(self, records: int) -> Sequence[Frame]:
        """The next ones to be delivered, at most `records`. Raises OSError."""
        with self.path.open("rb") as file:
            file.seek(self._start)
            data = file.read(self.size - self._start)
        return list(islice(frames(data), records))

    def advance(self, delivered: Sequence[Frame]) -> None:
        """What `peek` gave, or the first of it, needs no delivery any more. Raises OSError."""
        self._start += delivered[-1].end
        self.records -= len(delivered)
        with self.path.open("r+b") as file:
            file.write(_HEADER.pack(_MAGIC, self._start))


def _start(data: bytes) -> int:
    """A header that is damaged costs repeats, which readers know by their event ids."""
    if len(data) < _HEADER.size:
        return _HEADER.size
    magic, start = _HEADER.unpack_from(data)
    return start if magic == _MAGIC and _HEADER.size <= start <= len(data) else _HEADER.size

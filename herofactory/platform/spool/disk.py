"""What did not fit into memory: a queue of files in one folder, bounded in bytes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from herofactory.platform.records import Outgoing
from herofactory.platform.spool.frame import Frame, encode
from herofactory.platform.spool.limits import Limits
from herofactory.platform.spool.segment import Segment
from herofactory.platform.spool.slot import FIRST, files, number_of, path_of


class Disk:
    """Not thread-safe: one thread owns it."""

    def __init__(self, folder: Path, limits: Limits, torn: Callable[[], None]) -> None:
        """Takes over the files in `folder`; `torn` is called for each that has lost its tail. Raises OSError."""
        self._folder = folder
        self._limits = limits
        self._torn = torn
        self._segments = deque(self._opened(files(folder)))
        # What another process began is never written on: behind a torn tail nothing would be found.
        self._tail: Segment | None = None

    @property
    def records(self) -> int:
        return sum(each.records for each in self._segments)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(each.size for each in self._segments)

    def append(self, messages: Sequence[Outgoing]) -> int:
        """How many of the first ones were taken: as many as there is room for. Raises OSError; then none was."""
        fitting = self._fitting(messages)
        if fitting:
            if self._tail is None or self._tail.size >= self._limits.segment_bytes:
                self._tail = self._create(self._last + 1)
                self._segments.append(self._tail)
            self._tail.append(fitting)
        return len(fitting)

    def prepend(self, messages: Sequence[Outgoing]) -> int:
        """As `append`, before everything else."""
        fitting = self._fitting(messages)
        if fitting:
            segment = self._create(self._first - 1)
            segment.append(fitting)
            self._segments.appendleft(segment)
        return len(fitting)

    def peek(self, records: int) -> Sequence[Frame]:
        """The oldest, at most `records`."""
        while self._segments:
            try:
                found = self._segments[0].peek(records)
            except OSError:
                found = []
            if found:
                return found
            if self._segments[0].records:
                self._torn()
            self._remove_first()
        return []

    def advance(self, delivered: Sequence[Frame]) -> None:
        """What `peek` gave, or the first of it, needs no delivery any more."""
        segment = self._segments[0]
        with suppress(OSError):  # known in memory then: only a restart would repeat it
            segment.advance(delivered)
        if not segment.records:
            self._remove_first()

    @property
    def _first(self) -> int:
        return number_of(self._segments[0].path) if self._segments else FIRST

    @property
    def _last(self) -> int:
        return number_of(self._segments[-1].path) if self._segments else FIRST - 1

    def _opened(self, paths: Sequence[Path]) -> Sequence[Segment]:
        segments = [Segment.open(path) for path in paths]
        for segment in segments:
            if segment.torn:
                self._torn()
            if not segment.records:
                segment.path.unlink(missing_ok=True)
        return [segment for segment in segments if segment.records]

    def _create(self, number: int) -> Segment:
        return Segment.create(path_of(self._folder, number))

    def _fitting(self, messages: Sequence[Outgoing]) -> Sequence[bytes]:
        """The frames of as many as there is room for."""
        room, fitting = self._limits.disk_bytes - self.size, []
        for message in messages:
            frame = encode(message)
            room -= len(frame)
            if room < 0:
                break
            fitting.append(frame)
        return fitting

    def _remove_first(self) -> None:
        segment = self._segments.popleft()
        if segment is self._tail:
            self._tail = None
        segment.path.unlink(missing_ok=True)

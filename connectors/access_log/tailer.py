"""Follows the access log's files into the event log, at least once: a line may be told twice, never not at all.

A position moves when the event log has taken what lies before it. Killed in between, the tailer tells those lines
again with the same event ids; readers are made for that.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from connectors.access_log.line import NoRecord, message
from connectors.access_log.position import Position, Positions
from connectors.access_log.rejects import Rejects
from herofactory.platform.eventlog.port import LogError
from herofactory.platform.records import Outgoing
from herofactory.platform.telemetry.access_file import DIGITS
from herofactory.platform.telemetry.logging import get_logger
from herofactory.platform.telemetry.metrics import Metrics

Publish = Callable[[Sequence[Outgoing]], object]
"""`EventLog.publish`."""
BLOCK = 262_144
"""Bytes read and published at once; a line that is longer is cut and rejected."""
_IDLE_S = 0.5
_RETRY_S = 1.0
_GONE = 3
"""Looks in a row that do not find a file before it is forgotten: one being renamed just then is missed once."""


@dataclass(slots=True)
class Tally:
    """Since the process began."""

    published: int = 0
    rejected: int = 0
    lost_bytes: int = 0
    """Gone before they were read: a file emptied or removed by somebody else, or by rotation while this was down."""


class Tailer:
    def __init__(self, path: Path, topic: str, publish: Publish, folder: Path, metrics: Metrics) -> None:
        """`path`: the access log's file. `folder`: where positions and rejected lines are kept."""
        self._path = path
        self._topic = topic
        self._publish = publish
        self._metrics = metrics
        self._positions = Positions(folder / "positions.json")
        self._rejects = Rejects(folder / "rejected.log")
        self._missed: dict[int, int] = {}
        self._finished: dict[int, tuple[int, int]] = {}
        self.state = "running"
        self.tally = Tally()

    async def run(self) -> None:
        """Until cancelled. A disk or event log that fails is tried again every second."""
        while True:
            try:
                done = await asyncio.to_thread(self.poll)
                self.state = "running"
                await asyncio.sleep(0 if done else _IDLE_S)
            except (OSError, LogError) as error:
                self.state = "waiting"
                get_logger(__name__).warning("access log not delivered; trying again", error=str(error))
                await asyncio.sleep(_RETRY_S)

    def poll(self) -> int:
        """Deliver what was written since; returns how many lines. Raises OSError and LogError: call it again."""
        seen: set[int] = set()
        done = sum(self._look(path, seen) for path in family(self._path))
        self._forget(seen)
        return done

    def _look(self, path: Path, seen: set[int]) -> int:
        try:
            stat = path.stat()
            if self._finished.get(stat.st_ino) == (stat.st_size, stat.st_mtime_ns):
                seen.add(stat.st_ino)
                return 0
            with _opened(path) as file:
                return self._follow(file, seen)
        except FileNotFoundError:
            return 0  # renamed or removed since it was listed

    def _follow(self, file: int, seen: set[int]) -> int:
        # Of the open file: the path may name another one by now.
        stat = os.fstat(file)
        seen.add(stat.st_ino)
        position, done = self._begin(file, stat), 0
        while end := _whole_lines(block := os.pread(file, BLOCK, position.offset)):
            done += self._deliver(block[:end].removesuffix(b"\n").split(b"\n"))
            position = position.after(block[:end])
            self._positions.put(position)
            self._positions.save()
        if position.offset == stat.st_size:
            self._finished[stat.st_ino] = (stat.st_size, stat.st_mtime_ns)
        return done

    def _begin(self, file: int, stat: os.stat_result) -> Position:
        known = self._positions.get(stat.st_ino)
        if known and not known.is_of(file):
            self._lose(known)
            known = None
        position = replace(known or Position(stat.st_ino), size=stat.st_size)
        self._positions.put(position)
        return position

    def _deliver(self, lines: Sequence[bytes]) -> int:
        messages: list[Outgoing] = []
        rejected: list[bytes] = []
        for line in filter(None, lines):
            try:
                messages.append(message(self._topic, line))
            except NoRecord:
                rejected.append(line)
        if messages:
            self._publish(messages)
        self._rejects.keep(rejected)
        self.tally.published += len(messages)
        self.tally.rejected += len(rejected)
        self._metrics.count("hero_access_log_published_total", len(messages))
        self._metrics.count("hero_access_log_rejected_total", len(rejected))
        return len(lines)

    def _forget(self, seen: set[int]) -> None:
        gone = self._positions.inodes() - seen
        self._missed = {inode: self._missed.get(inode, 0) + 1 for inode in gone}
        for inode in [inode for inode, times in self._missed.items() if times >= _GONE]:
            if position := self._positions.get(inode):
                self._lose(position)
            self._positions.forget(inode)
            self._finished.pop(inode, None)
            self._positions.save()

    def _lose(self, position: Position) -> None:
        if position.unread:
            self.tally.lost_bytes += position.unread
            self._metrics.count("hero_access_log_lost_bytes_total", position.unread)
            get_logger(__name__).error("part of the access log was gone before it was read", bytes=position.unread)


def family(path: Path) -> Sequence[Path]:
    """The files of every process that writes beside `path`, full ones first and in their order."""
    name = re.compile(rf"{re.escape(path.stem)}(?:-(\d+))?(?:\.(\d{{{DIGITS}}}))?{re.escape(path.suffix)}")
    if not path.parent.is_dir():
        return ()
    found = [(match, each) for each in path.parent.iterdir() if (match := name.fullmatch(each.name))]
    return [each for match, each in sorted(found, key=lambda pair: _order(pair[0]))]


def _order(match: re.Match[str]) -> tuple[int, int, int]:
    number, full = match.groups()
    return int(number or 1), full is None, int(full or 0)


def _whole_lines(block: bytes) -> int:
    """How many of its bytes are whole lines; all of a block that is one piece of an endless line."""
    return block.rfind(b"\n") + 1 or (len(block) if len(block) == BLOCK else 0)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield file
    finally:
        os.close(file)

"""Pages of a partition, marked as replayed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.eventlog.port import EventLog
from herofactory.platform.events.headers import REPLAY_ID, REPLAYED_FROM
from herofactory.platform.records import Record
from herofactory.platform.replay.filter import Filter

Stamp = Callable[[Sequence[Record]], Sequence[Record]]
"""Which of them, all of one partition, the replay takes; each marked as replayed."""


def stamping(replay_id: UUID | str, chosen: Filter | None) -> Stamp:
    """Event time and all other headers stay."""
    mark = str(replay_id).encode()

    def stamp(records: Sequence[Record]) -> Sequence[Record]:
        if chosen is not None:
            records = [record for record in records if chosen.matches(record)]
        if records:
            place = b"%s/%d" % (records[0].topic.encode(), records[0].partition)
            for record in records:
                # They were read for the replay alone. Making others of them took three times as long, a tenth of the
                # time of agents that count; and so does `{**headers}` beside `|`, which both kinds of mapping have.
                marks = {REPLAY_ID: mark, REPLAYED_FROM: b"%s/%d" % (place, record.offset)}
                object.__setattr__(record, "headers", record.headers | marks)  # type: ignore[operator]
        return records

    return stamp


@dataclass(frozen=True, slots=True)
class Page:
    records: Sequence[Record]
    """Those that the replay takes; maybe none."""
    next: int
    """Offset behind the page."""
    first: int
    """Offset that it was read from."""
    found: int | None
    """Offset of the first record in it, taken or not; None of an empty page."""


class Pages:
    def __init__(self, log: EventLog, topic: str, partition: int, size: int, stamp: Stamp) -> None:
        self._log, self._topic, self._partition = log, topic, partition
        self._size, self._stamp = size, stamp
        self.at_hand = isinstance(log, EmbeddedLog)
        """Better read in the loop's own thread, in some 10 ms: SQLite lets go of the interpreter at every row, and
        to get it back from a busy loop takes longer than the row. Figures of searches are replayed in half the time."""

    def read(self, start: int, end: int) -> Page:
        """Synchronous. Empty with `next` = `end` where nothing is left before it."""
        found = self._log.read(self._topic, self._partition, start, min(self._size, end - start))
        if found and found[-1].offset >= end:
            found = [record for record in found if record.offset < end]
        if not found:
            return Page((), end, start, None)
        return Page(self._stamp(found), found[-1].offset + 1, start, found[0].offset)

"""Where each assigned partition is read, and how far that may be committed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from faust.types import TP

from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.records import Record
from streams.faust_acks import AckLedger


class Positions:
    """`group` None: nothing is committed, so nothing committed counts."""

    def __init__(
        self,
        log: EmbeddedLog,
        group: str | None,
        ledger: AckLedger,
        on_change: Callable[[], None],
        on_missed: Callable[[TP, int, int], None],
    ) -> None:
        """`on_missed`: retention took what lay between these two offsets."""
        self._log, self._group, self._on_change, self._on_missed = log, group, on_change, on_missed
        self._next: dict[TP, int] = {}
        self._first: dict[TP, int] = {}
        self.ledger = ledger
        self.ends: Mapping[tuple[int, int], tuple[int, int]] = {}
        """(topic id, partition) -> (earliest, end), as last seen."""

    def start(self, tps: Iterable[TP], policy: str) -> None:
        """Read `tps`, and nothing else, from what is committed on; without that by `policy` (earliest or latest)."""
        self._next.clear()
        for tp in self.ledger.partitions():
            self.ledger.forget(tp)
        for tp in tps:
            held = self._log.offsets(tp.topic)[tp.partition]
            committed = self.committed(tp)
            self._first[tp] = held.earliest if policy == "earliest" else held.end
            self.move(tp, self._first[tp] if committed is None else committed)

    def committed(self, tp: TP) -> int | None:
        return None if self._group is None else self._log.committed(self._group, tp.topic).get(tp.partition)

    def first(self, tp: TP) -> int:
        """Where reading starts as long as nothing is committed."""
        return self._first.get(tp, 0)

    def move(self, tp: TP, offset: int) -> None:
        self._next[tp] = offset
        self.ledger.reset(tp, offset)
        self._on_change()

    def next(self, tp: TP) -> int | None:
        return self._next.get(tp)

    def end(self, tp: TP) -> int:
        _, end = self.ends.get(self.place(tp), (0, 0))
        return end

    def place(self, tp: TP) -> tuple[int, int]:
        """(topic id, partition)."""
        return self._log.topic_id(tp.topic), tp.partition

    def fetch(self, tp: TP, limit: int) -> Sequence[Record]:
        """At most `limit` records, and move on. The caller tells the ledger how they are delivered."""
        position, end = self._next.get(tp), self.end(tp)
        if position is None or position >= end:
            return ()
        records = self._log.read(tp.topic, tp.partition, position, limit)
        first = records[0].offset if records else end
        if first > position:
            # A hole: compacted, or expired.
            earliest = self._log.offsets(tp.topic)[tp.partition].earliest
            self._on_missed(tp, position, min(first, earliest))
        if records:
            self._next[tp] = records[-1].offset + 1
        else:
            # All that was there is compacted or expired.
            self._next[tp] = end
            self.ledger.skip(tp, end - 1)
        return records

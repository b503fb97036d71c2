"""How long the oldest record waits that a live agent has not dealt with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from herofactory.platform.clock import Clock
from herofactory.platform.eventlog.port import EventLog

COMMITTED_EVERY_S = 1.0
"""Live agents write down how far they are once in so long: what looks so old may be done already."""
STUCK_S = 30.0
"""An agent that deals with nothing for so long is down, halted or waits for somebody else: no replay holds it up."""
LOOK_AGAIN_S = 60.0
"""For groups and topics that were not there before."""


@dataclass(slots=True)
class _Readers:
    """One group on one topic."""

    group: str
    topic: str
    seen: Mapping[int, int] = field(default_factory=dict)
    moved_at: float = 0.0


class LiveLag:
    """Synchronous, for a thread of its own: it asks the log."""

    def __init__(self, log: EventLog, clock: Clock, is_live: Callable[[str], bool]) -> None:
        """`is_live`: of a group's name."""
        self._log, self._clock, self._is_live = log, clock, is_live
        self._readers: Sequence[_Readers] = ()
        self._looked: float | None = None
        self._ends: dict[str, int] = {}
        self.busy = False
        """Whether anything came in between the last two looks."""

    def seconds(self) -> float:
        """0.0 where nobody waits. Raises LogError."""
        self._find()
        ends = {topic: self._end(topic) for topic in {each.topic for each in self._readers}}
        self.busy = any(sum(end.values()) != self._ends.get(topic) for topic, end in ends.items())
        self._ends = {topic: sum(end.values()) for topic, end in ends.items()}
        return max((self._of(each, ends[each.topic]) for each in self._readers), default=0.0)

    def _find(self) -> None:
        now = self._clock.monotonic()
        if self._looked is not None and now - self._looked < LOOK_AGAIN_S:
            return
        known = {(each.group, each.topic): each for each in self._readers}
        groups = [group for group in self._log.groups() if self._is_live(group)]
        self._readers = [
            known.get((group, topic)) or _Readers(group, topic, moved_at=now)
            for topic in (self._log.topics() if groups else ())
            for group in groups
            if self._log.committed(group, topic)
        ]
        self._looked = now

    def _end(self, topic: str) -> Mapping[int, int]:
        return {partition: held.end for partition, held in self._log.offsets(topic).items()}

    def _of(self, readers: _Readers, ends: Mapping[int, int]) -> float:
        now, committed = self._clock.monotonic(), self._log.committed(readers.group, readers.topic)
        behind = {at: offset for at, offset in committed.items() if offset < ends.get(at, 0)}
        if committed != readers.seen or not behind:
            readers.seen, readers.moved_at = committed, now
        if now - readers.moved_at > STUCK_S:
            return 0.0
        oldest = [
            record.timestamp
            for partition, offset in behind.items()
            for record in self._log.read(readers.topic, partition, offset, 1)
        ]
        age = self._clock.now().timestamp() - min(oldest, default=float("inf")) - COMMITTED_EVERY_S
        # A backlog that nobody works on waits for a worker, not for the replay.
        return age if age > 0 and self._log.members(readers.group) else 0.0

"""From where to where each partition is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from herofactory.platform.clock import Clock
from herofactory.platform.eventlog.port import EventLog, OffsetRange, TopicConfig
from herofactory.platform.replay.points import Point, range_of
from herofactory.platform.replay.target import ReplayRefused


@dataclass(frozen=True, slots=True)
class Bound:
    start: int
    end: int
    gap: int
    """Records asked for that retention has taken; at most so many, where a time was asked for."""


class Bounds:
    def __init__(self, log: EventLog, clock: Clock, start: str, end: str) -> None:
        """Raises ReplayRefused for what is neither a word, nor an offset, nor a time, and for what lies behind all
        there can be."""
        self._log, self._clock = log, clock
        self._start, self._end = range_of(start, end)
        if isinstance(self._start, datetime) and self._start > clock.now():
            raise ReplayRefused(f"`{start}` lies in the future: there is nothing to read yet")

    def of(self, configs: Sequence[TopicConfig]) -> Mapping[str, Mapping[int, Bound]]:
        """By topic and partition. Raises ReplayRefused for an offset behind the end of all of them."""
        found = {config.name: self._of(config) for config in configs}
        bounds = [bound for each in found.values() for bound in each.values()]
        start = self._start
        if isinstance(start, int) and start > 0 and all(bound.end == bound.start <= start for bound in bounds):
            ends = max((bound.end for bound in bounds), default=0)
            raise ReplayRefused(
                f"offset {start:,} lies behind all of {', '.join(found)}: its longest partition ends at {ends:,}"
            )
        return found

    def _of(self, config: TopicConfig) -> Mapping[int, Bound]:
        held = self._log.offsets(config.name)
        starts, ends = (self._offsets(config.name, point, held) for point in (self._start, self._end))
        expired = self._expired(config)
        return {
            partition: _bound(each, starts[partition], ends[partition], expired) for partition, each in held.items()
        }

    def _offsets(self, topic: str, point: Point, held: Mapping[int, OffsetRange]) -> Mapping[int, int]:
        if isinstance(point, datetime):
            return self._log.offsets_at(topic, point.timestamp())
        if isinstance(point, int):
            return dict.fromkeys(held, point)
        return {partition: 0 if point == "earliest" else each.end for partition, each in held.items()}

    def _expired(self, config: TopicConfig) -> bool:
        """Whether retention has taken records from behind the start, where that is a time: then none of them is held,
        and only the clock can tell."""
        if config.retention_s is None or not isinstance(self._start, datetime):
            return False
        return self._start.timestamp() < self._clock.now().timestamp() - config.retention_s


def _bound(held: OffsetRange, start: int, end: int, expired: bool) -> Bound:
    first = min(max(start, held.earliest), held.end)
    gap = held.earliest if expired and start <= held.earliest else max(0, held.earliest - start)
    return Bound(first, max(first, min(end, held.end)), gap)

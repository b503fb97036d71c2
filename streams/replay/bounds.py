"""From where to where each partition is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from herofactory.platform.clock import Clock
from herofactory.platform.eventlog.port import EventLog, OffsetRange, TopicConfig
from herofactory.platform.replay.target import ReplayRefused


@dataclass(frozen=True, slots=True)
class Bound:
    start: int
    end: int
    gap: int
    """Records asked for that retention has taken; at most so many, where a time was asked for."""


class Bounds:
    def __init__(self, log: EventLog, clock: Clock) -> None:
        self._log, self._clock = log, clock

    def of(self, config: TopicConfig, start: str, end: str) -> Mapping[int, Bound]:
        """Per partition. Raises ReplayRefused for what is neither a word, nor an offset, nor a time."""
        held = self._log.offsets(config.name)
        starts, ends = self._offsets(config.name, start, held), self._offsets(config.name, end, held)
        expired = self._expired(config, start)
        return {
            partition: _bound(each, starts[partition], ends[partition], expired) for partition, each in held.items()
        }

    def _offsets(self, topic: str, point: str, held: Mapping[int, OffsetRange]) -> Mapping[int, int]:
        match point:
            case "earliest":
                return dict.fromkeys(held, 0)
            case "latest":
                return {partition: each.end for partition, each in held.items()}
        if point.isdecimal():
            return dict.fromkeys(held, int(point))
        return self._log.offsets_at(topic, moment_of(point).timestamp())

    def _expired(self, config: TopicConfig, start: str) -> bool:
        """Whether retention has taken records from behind `start`, where that is a time: then none of them is held, and
        only the clock can tell."""
        if config.retention_s is None or start in ("earliest", "latest") or start.isdecimal():
            return False
        return moment_of(start).timestamp() < self._clock.now().timestamp() - config.retention_s


def _bound(held: OffsetRange, start: int, end: int, expired: bool) -> Bound:
    first = min(max(start, held.earliest), held.end)
    gap = held.earliest if expired and start <= held.earliest else max(0, held.earliest - start)
    return Bound(first, max(first, min(end, held.end)), gap)


def moment_of(point: str) -> datetime:
    """Raises ReplayRefused."""
    try:
        found = datetime.fromisoformat(point)
    except ValueError as error:
        raise ReplayRefused(
            f"`{point}` is no place in a topic: write earliest, latest, an offset, or a time (2026-12-01T09:30+09:00)"
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)

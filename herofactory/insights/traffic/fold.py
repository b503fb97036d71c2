"""From requests to figures per minute: the same whatever their order, each counted once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from herofactory.insights.segment import Row
from herofactory.insights.traffic.durations import Histogram, bucket_of
from herofactory.insights.traffic.request import EVENT_ID

MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class TrafficBucket:
    minute: int
    """Start, seconds since the epoch."""
    route: str
    method: str
    status: int
    requests: int
    durations: Histogram


def once(rows: Iterable[Row]) -> Sequence[Row]:
    """Each event the first time it came."""
    found: dict[str, Row] = {}
    for row in rows:
        found.setdefault(row[EVENT_ID], row)
    return list(found.values())


def fold(rows: Iterable[Row]) -> Sequence[TrafficBucket]:
    """In order of minute, route, method and status."""
    histograms: defaultdict[tuple[int, str, str, int], Counter[int]] = defaultdict(Counter)
    for _, at, route, method, status, duration_ns in once(rows):
        histograms[at // MINUTE_S * MINUTE_S, route, method, status][bucket_of(duration_ns)] += 1
    return [TrafficBucket(*key, durations.total(), durations) for key, durations in sorted(histograms.items())]

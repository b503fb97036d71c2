"""Traffic of a range of time: per route, over all, and as lines over time. None where there was no request."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from herofactory.insights.traffic import reading
from herofactory.insights.traffic.durations import Histogram, merged, percentile_ms
from herofactory.insights.traffic.found import Line, Tallied
from herofactory.insights.window import BadRange, Range
from herofactory.platform.postgres.database import Database

_FAILED, _REFUSED = 5, 4


class Step(StrEnum):
    """How far apart the points of a line are."""

    MINUTE = "minute"
    HOUR = "hour"

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=1) if self is Step.MINUTE else timedelta(hours=1)


MINUTES_LONGEST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Figures:
    requests: int
    rate: float | None
    """Requests a second, over the part of the range that has passed."""
    errors: int
    """Answered with 5xx."""
    error_rate: float | None
    """Of all requests, 0 to 1."""
    refused: int
    """Answered with 4xx."""
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    """By nearest rank, within 2 % (durations.ERROR)."""


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    route: str
    """The template, or "unmatched"."""
    figures: Figures
    requests: Sequence[int]
    errors: Sequence[int]
    """Per point of `Traffic.points`."""


@dataclass(frozen=True, slots=True)
class Traffic:
    range: Range
    step: Step
    points: Sequence[datetime]
    """Starts of the steps, the first one at the range's start."""
    total: Figures
    requests: Sequence[int]
    errors: Sequence[int]
    p95_ms: Sequence[float | None]
    """Per point, over all routes."""
    routes: Sequence[Route]
    """Those with requests, most first."""


async def traffic(database: Database, range: Range, step: Step, now: datetime) -> Traffic:
    """Raises BadRange for a line of minutes that is longer than a day."""
    if step is Step.MINUTE and range.end - range.start > MINUTES_LONGEST:
        raise BadRange(f"by the minute a range has {MINUTES_LONGEST.days} day at most; ask for step=hour")
    found = await reading.read(database, range, step.length)
    points = _points(range, step)
    elapsed_s = (min(range.end, now) - range.start).total_seconds()
    by_route = _grouped(found.routes)
    lines = _Lines(found.lines, len(points))
    figures = {key: _figures(tallied, elapsed_s) for key, tallied in by_route.items()}
    routes = [Route(*key, each, lines.requests(key), lines.errors(key)) for key, each in figures.items()]
    return Traffic(
        range=range,
        step=step,
        points=points,
        total=_figures(found.routes, elapsed_s),
        requests=_sums(route.requests for route in routes) or [0] * len(points),
        errors=_sums(route.errors for route in routes) or [0] * len(points),
        p95_ms=[percentile_ms(found.durations.get(index, {}), 0.95) for index in _indices(points)],
        routes=sorted(routes, key=lambda route: (-route.figures.requests, route.route, route.method)),
    )


def _figures(tallied: Iterable[Tallied], elapsed_s: float) -> Figures:
    classes: Counter[int] = Counter()
    durations: Histogram = merged(each.durations for each in tallied)
    for each in tallied:
        classes[each.status_class] += sum(each.durations.values())
    requests, errors = classes.total(), classes[_FAILED]
    p50, p95, p99 = (percentile_ms(durations, share) for share in (0.5, 0.95, 0.99))
    return Figures(
        requests=requests,
        rate=requests / elapsed_s if requests and elapsed_s > 0 else None,
        errors=errors,
        error_rate=errors / requests if requests else None,
        refused=classes[_REFUSED],
        p50_ms=p50,
        p95_ms=p95,
        p99_ms=p99,
    )


def _grouped(tallied: Iterable[Tallied]) -> dict[tuple[str, str], list[Tallied]]:
    groups: defaultdict[tuple[str, str], list[Tallied]] = defaultdict(list)
    for each in tallied:
        groups[each.method, each.route].append(each)
    return groups


class _Lines:
    def __init__(self, found: Iterable[Line], length: int) -> None:
        self._length = length
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._errors: Counter[tuple[str, str, int]] = Counter()
        for each in found:
            self._requests[each.method, each.route, each.index] += each.requests
            if each.errors:
                self._errors[each.method, each.route, each.index] += each.errors

    def requests(self, key: tuple[str, str]) -> Sequence[int]:
        return [self._requests[*key, index] for index in range(self._length)]

    def errors(self, key: tuple[str, str]) -> Sequence[int]:
        return [self._errors[*key, index] for index in range(self._length)]


def _sums(lines: Iterable[Sequence[int]]) -> Sequence[int]:
    return [sum(values) for values in zip(*lines, strict=True)]


def _points(range: Range, step: Step) -> Sequence[datetime]:
    points, at = [], range.start
    while at < range.end:
        points.append(at.astimezone(UTC))
        at += step.length
    return points


def _indices(points: Sequence[datetime]) -> Iterable[int]:
    return range(len(points))

"""Traffic as it is read. Several of one key, and of one point, add up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from herofactory.insights.traffic.durations import Histogram


@dataclass(frozen=True, slots=True)
class Tallied:
    method: str
    route: str
    status_class: int
    """2 for 2xx."""
    durations: Histogram


@dataclass(frozen=True, slots=True)
class Line:
    """One point of a route's line."""

    method: str
    route: str
    index: int
    requests: int
    errors: int


@dataclass(frozen=True, slots=True)
class Found:
    routes: Sequence[Tallied]
    lines: Sequence[Line]
    durations: Mapping[int, Histogram]
    """Of all routes, per point."""

"""Which hours' figures an observation can change. Hours are named by their start, in seconds since the epoch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import UUID

from herofactory.insights.bucket import HOUR_S
from herofactory.insights.rules import LOOK_AHEAD_S, LOOK_BACK_S, RELOAD_S


def hour_of(at: float) -> int:
    return int(at // HOUR_S) * HOUR_S


def query_time(query_id: str) -> float:
    """Seconds since the epoch from a UUIDv7, exact to the millisecond. Raises ValueError."""
    if len(query_id) != 36 or query_id[14] != "7":  # the version of an id in its usual form
        raise ValueError(f"{query_id!r} is no UUIDv7 and says nothing about the time of its search")
    return int(query_id[:8] + query_id[9:13], 16) / 1000


def canonical_uuid(text: str) -> str:
    """Lower case, with hyphens. Raises ValueError."""
    return str(UUID(text))


def touched_by_search(at: float) -> Iterable[int]:
    """It may settle, repeat or be followed by others up to half an hour away."""
    return _hours(at - LOOK_AHEAD_S, at + LOOK_BACK_S)


def touched_by_view(at: float) -> Iterable[int]:
    """It may be the first of a repeated view, and one half of a pair."""
    return _hours(at, at + RELOAD_S)


def touched_by_click(at: float, searched_at: float) -> Iterator[int]:
    yield from touched_by_view(at)
    yield from touched_by_search(searched_at)


def _hours(start: float, end: float) -> Iterable[int]:
    return range(hour_of(start), int(end) + 1, HOUR_S)

"""One order for all: by event time, then by event id, each event once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from herofactory.insights.observation import Observation, Observed

T = TypeVar("T", bound=Observed)


def in_order(observations: Iterable[T]) -> list[T]:
    return sorted(observations, key=lambda each: (each.at, each.event_id))


def once(observations: Iterable[Observation]) -> Iterator[Observation]:
    """Without what was delivered twice. Equal ids mean equal events, so it does not matter which one stays."""
    seen: set[str] = set()
    for each in observations:
        if each.event_id not in seen:
            seen.add(each.event_id)
            yield each

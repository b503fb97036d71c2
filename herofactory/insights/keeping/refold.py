"""One hour of one shard, made again from its observations."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from herofactory.insights.bucket import HOUR_S, Fold
from herofactory.insights.folding.fold import closes_at, fold
from herofactory.insights.keeping import hours, segments
from herofactory.insights.keeping.place import Place
from herofactory.insights.keeping.segments import Segment
from herofactory.insights.observation import Observation
from herofactory.insights.routing import query_time
from herofactory.insights.rows import AT, EVENT_ID, QUERY_ID, observation_of
from herofactory.insights.rules import LOOK_AHEAD_S, LOOK_BACK_S, QUERY_ID_S
from herofactory.insights.segment import Row, unpack
from herofactory.insights.terms import TermOf, term_of
from herofactory.platform.postgres.database import Connection


@dataclass(frozen=True, slots=True)
class _Made:
    figures: Fold
    due: float | None
    compacted: Sequence[Row]


class SearchRefold:
    """The keeper's `Refold` for what people look for and at."""

    def __init__(self, term_of: TermOf = term_of) -> None:
        self._term_of = term_of

    async def __call__(self, transaction: Connection, place: Place, now: float) -> float | None:
        own = await segments.load(transaction, place)
        before = await segments.load(transaction, place._replace(hour=place.hour - HOUR_S)) if own else ()
        after = await segments.load(transaction, place._replace(hour=place.hour + HOUR_S)) if own else ()
        many = segments.small(own)
        made = await asyncio.to_thread(self._make, place.hour, own, [*before, *after], many, now)
        await hours.replace(transaction, place, made.figures)
        if many:
            await segments.replace(transaction, place, many, made.compacted)
        return made.due

    def _make(
        self, hour: int, own: Sequence[Segment], margins: Iterable[Segment], many: Sequence[Segment], now: float
    ) -> _Made:
        # One after the other: the observations of a busy hour, some 1.4 KB each, are let go of before any row is kept.
        figures, due = self._fold(hour, own, margins, now)
        return _Made(figures, due, _once(_rows(many)))

    def _fold(
        self, hour: int, own: Sequence[Segment], margins: Iterable[Segment], now: float
    ) -> tuple[Fold, float | None]:
        observations = [*map(observation_of, _rows(own)), *_near(hour, margins)]
        return fold(hour, observations, now, self._term_of), closes_at(hour, observations, now)


def _rows(found: Iterable[Segment]) -> Iterator[Row]:
    for segment in found:
        yield from unpack(segment.body)


def _near(hour: int, margins: Iterable[Segment]) -> Iterator[Observation]:
    """Of the neighbouring hours only what reaches into this one: most of them is let go of at once."""
    for row in _rows(margins):
        times = (row[AT], query_time(row[QUERY_ID])) if row[0] == "c" else (row[AT],)
        if any(hour - LOOK_BACK_S - QUERY_ID_S <= at < hour + HOUR_S + LOOK_AHEAD_S + QUERY_ID_S for at in times):
            yield observation_of(row)


def _once(rows: Iterable[Row]) -> Sequence[Row]:
    return list({row[EVENT_ID]: row for row in rows}.values())

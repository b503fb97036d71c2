from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from herofactory.insights.bucket import BUCKET_S
from herofactory.insights.figures.pieces import Pieces
from herofactory.insights.window import Range
from tests.herofactory.insights.figures.facts import ORIGIN, RANGES


@given(RANGES, st.sets(st.integers(0, 5)))
def test_days_and_spans_hold_every_bucket_once(during: Range, stale: set[int]) -> None:
    marked = {ORIGIN.date() + timedelta(days=number) for number in stale}
    pieces = Pieces.of(during, marked)
    whole = [Range(_start(day), _start(day) + timedelta(days=1)) for day in pieces.days]
    parts = sorted([*whole, *pieces.spans], key=lambda part: part.start)
    assert [start for part in parts for start in _buckets(part)] == list(_buckets(during))
    assert not marked & set(pieces.days)
    assert all(a.end < b.start for a, b in zip(pieces.spans, pieces.spans[1:], strict=False))


def test_whole_days_are_read_merged() -> None:
    pieces = Pieces.of(Range(ORIGIN - timedelta(hours=1), ORIGIN + timedelta(days=2, minutes=5)), frozenset())
    assert [day.day for day in pieces.days] == [4, 5]
    assert [(span.end - span.start) for span in pieces.spans] == [timedelta(hours=1), timedelta(minutes=5)]


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _buckets(part: Range) -> list[datetime]:
    step = timedelta(seconds=BUCKET_S)
    return [part.start + n * step for n in range((part.end - part.start) // step)]

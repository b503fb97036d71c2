"""Places in topics, as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from herofactory.platform.replay.points import Point, point_of, range_of
from herofactory.platform.replay.target import ReplayRefused


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("earliest", "earliest"),
        ("latest", "latest"),
        ("0", 0),
        ("20261201", 20_261_201),
        ("2026-12-01", datetime(2026, 12, 1, tzinfo=UTC)),
        ("2026-12-01T09:30+09:00", datetime(2026, 12, 1, 9, 30, tzinfo=timezone(timedelta(hours=9)))),
    ],
)
def test_a_word_an_offset_or_a_time(text: str, point: Point) -> None:
    assert point_of(text) == point


@pytest.mark.parametrize("text", ["", "x", "-1", "yesterday", "7" * 40_000, "2026-13-01"])
def test_anything_else_is_no_place(text: str) -> None:
    with pytest.raises(ReplayRefused, match="is no place in a topic: write earliest"):
        point_of(text)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("5", "2"),
        ("5", "5"),
        ("earliest", "0"),
        ("latest", "earliest"),
        ("7", "earliest"),
        ("2026-12-02", "2026-12-01"),
        ("2026-12-01T09:30+09:00", "2026-12-01T00:30"),
    ],
)
def test_a_range_that_can_hold_nothing_is_refused(start: str, end: str) -> None:
    with pytest.raises(ReplayRefused, match="there is nothing to read: `to` is exclusive"):
        range_of(start, end)


@pytest.mark.parametrize(
    ("start", "end"), [("earliest", "latest"), ("2", "5"), ("0", "1"), ("5", "2026-12-01"), ("latest", "latest")]
)
def test_a_range_that_may_hold_something_is_taken(start: str, end: str) -> None:
    assert range_of(start, end) == (point_of(start), point_of(end))

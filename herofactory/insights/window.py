"""The time that figures are for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from herofactory.insights.bucket import BUCKET_S

LONGEST = timedelta(days=90)


class Window(StrEnum):
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    @property
    def length(self) -> timedelta:
        return _LENGTHS[self]


_LENGTHS = {
    Window.HOUR: timedelta(hours=1),
    Window.DAY: timedelta(days=1),
    Window.WEEK: timedelta(days=7),
    Window.MONTH: timedelta(days=30),
}


class BadRange(ValueError):
    """A range that is empty, too long or unreadable."""


@dataclass(frozen=True, slots=True)
class Range:
    """From `start` (inclusive) to `end` (exclusive), both UTC and on the border of a bucket of five minutes."""

    start: datetime
    end: datetime

    @classmethod
    def of(cls, start: datetime, end: datetime) -> Range:
        """Widened to the borders of buckets. Raises BadRange."""
        if start.tzinfo is None or end.tzinfo is None:
            raise BadRange("a range needs times with a zone, for example 2026-01-31T00:00:00Z")
        if start >= end:
            raise BadRange(f"the range ends at {end.isoformat()}, not after its start {start.isoformat()}")
        if end - start > LONGEST + timedelta(seconds=BUCKET_S):
            raise BadRange(f"the range is {(end - start).days} days long; {LONGEST.days} is the longest")
        return cls(_floor(start), _ceil(end))

    @classmethod
    def last(cls, window: Window, now: datetime) -> Range:
        """The window that ends with the bucket that `now` lies in."""
        end = _floor(now) + timedelta(seconds=BUCKET_S)
        return cls(end - window.length, end)

    @property
    def previous(self) -> Range:
        """As long as this one, and just before it."""
        return Range(self.start - (self.end - self.start), self.start)


def _floor(moment: datetime) -> datetime:
    seconds = int(moment.timestamp()) // BUCKET_S * BUCKET_S
    return datetime.fromtimestamp(seconds, UTC)


def _ceil(moment: datetime) -> datetime:
    floor = _floor(moment)
    return floor if floor == moment else floor + timedelta(seconds=BUCKET_S)

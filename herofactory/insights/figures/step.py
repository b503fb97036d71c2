"""A range cut into whole hours or days (UTC), for series and sparklines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from herofactory.insights.window import Range

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Step(StrEnum):
    HOUR = "hour"
    DAY = "day"

    @property
    def length(self) -> timedelta:
        return timedelta(hours=1) if self is Step.HOUR else timedelta(days=1)

    def starts(self, during: Range) -> list[datetime]:
        """Of every step that the range touches, in order; the first may begin before it."""
        first = EPOCH + (during.start - EPOCH) // self.length * self.length
        return [first + n * self.length for n in range(-(-(during.end - first) // self.length))]

"""A range, cut into whole days, which are kept merged, and the buckets of five minutes around them."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from herofactory.insights.window import Range

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pieces:
    """Together the range, without overlap."""

    days: tuple[date, ...]
    spans: tuple[Range, ...]
    """To be read by buckets; never two that touch."""

    @classmethod
    def of(cls, whole: Range, stale: Set[date]) -> Pieces:
        """`stale`: days whose merged figures are not, or no longer, right."""
        days: list[date] = []
        spans: list[Range] = []
        at = whole.start
        while at < whole.end:
            midnight = _midnight(at)
            end = min(midnight + DAY, whole.end)
            if end - at == DAY and at.date() not in stale:
                days.append(at.date())
            elif spans and spans[-1].end == at:
                spans[-1] = Range(spans[-1].start, end)
            else:
                spans.append(Range(at, end))
            at = end
        return cls(tuple(days), tuple(spans))


def _midnight(moment: datetime) -> datetime:
    return datetime.combine(moment.astimezone(UTC).date(), time(), UTC)

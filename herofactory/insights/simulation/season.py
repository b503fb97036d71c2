"""How many people are awake and idle: the traffic of a moment relative to its weekly mean."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

KOREA = timezone(timedelta(hours=9), "KST")
DAY = (
    0.75, 0.50, 0.32, 0.20, 0.14, 0.15, 0.25, 0.48, 0.75, 0.90, 0.98, 1.05,
    1.20, 1.10, 1.02, 1.05, 1.12, 1.20, 1.35, 1.65, 1.95, 2.10, 1.75, 1.20,
)  # fmt: skip
"""By hour in Korea: lunch, a long evening, few at night."""
WEEK = (0.90, 0.90, 0.93, 0.95, 1.05, 1.17, 1.10)
"""From Monday on."""
_MEAN = sum(DAY) / len(DAY) * sum(WEEK) / len(WEEK)


def factor(moment: datetime) -> float:
    """Smooth over the hours; 1 on average over a week."""
    local = moment.astimezone(KOREA)
    part = (local.minute * 60 + local.second) / 3600
    hour = DAY[local.hour] * (1 - part) + DAY[(local.hour + 1) % 24] * part
    return hour * WEEK[local.weekday()] / _MEAN


def evening(moment: datetime) -> bool:
    """From six in the evening to two at night."""
    hour = moment.astimezone(KOREA).hour
    return hour >= 18 or hour < 2

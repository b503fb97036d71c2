"""From where to where topics are read: `earliest`, `latest`, an offset (of every partition), or a time (when the log
took the record; UTC without a zone)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from herofactory.platform.clock import moment_of
from herofactory.platform.replay.target import ReplayRefused

Point = Literal["earliest", "latest"] | int | datetime
_WORDS: Mapping[str, Point] = {"earliest": "earliest", "latest": "latest"}


def point_of(text: str) -> Point:
    """Raises ReplayRefused."""
    if text in _WORDS:
        return _WORDS[text]
    try:
        if text.isdecimal():
            return int(text)
        return moment_of(text)
    except ValueError as error:
        raise ReplayRefused(
            f"`{text}` is no place in a topic: write earliest, latest, an offset, or a time (2026-12-01T09:30+09:00)"
        ) from error


def range_of(start: str, end: str) -> tuple[Point, Point]:
    """Raises ReplayRefused also where nothing can lie between the two, whatever the topics hold."""
    first, last = point_of(start), point_of(end)
    if _is_empty(0 if first == "earliest" else first, last):
        raise ReplayRefused(f"from `{start}` to `{end}` there is nothing to read: `to` is exclusive, and comes later")
    return first, last


def _is_empty(first: Point, last: Point) -> bool:
    if isinstance(first, int) and isinstance(last, int):
        return last <= first
    if isinstance(first, datetime) and isinstance(last, datetime):
        return last <= first
    return last == "earliest"

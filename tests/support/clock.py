"""A clock whose hands a test turns."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 1, tzinfo=UTC)


class InstantClock:
    """Stands still until it is turned or somebody sleeps: sleeping takes no time and moves the hands."""

    def __init__(self, start: datetime = START) -> None:
        self.elapsed = 0.0
        self.sleeps: list[float] = []
        self._start = start

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.elapsed)

    def monotonic(self) -> float:
        return self.elapsed

    def turn(self, seconds: float) -> None:
        self.elapsed += seconds

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        due = self.elapsed + seconds
        await asyncio.sleep(0)
        self.elapsed = max(self.elapsed, due)

"""A clock whose hands the topology driver turns."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from itertools import count

START = datetime(2026, 1, 1, tzinfo=UTC)


class Activity:
    """How many pieces of work (handlers, writes) are under way that may wait for something real: a socket, a thread.

    Sleeping on the fake clock is rest, also in the middle of work.
    """

    def __init__(self) -> None:
        self.count = 0
        self._working: ContextVar[bool] = ContextVar("working", default=False)

    @contextmanager
    def work(self) -> Iterator[None]:
        token = self._working.set(True)
        self.count += 1
        try:
            yield
        finally:
            self.count -= 1
            self._working.reset(token)

    @contextmanager
    def rest(self) -> Iterator[None]:
        working = self._working.get()
        self.count -= working
        try:
            yield
        finally:
            self.count += working


class FakeClock:
    """Stands still until `advance_to`; whoever sleeps then wakes in the order of time."""

    def __init__(self, start: datetime = START) -> None:
        self.activity = Activity()
        self._start = start
        self._elapsed = 0.0
        self._order = count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        waker = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed + seconds, next(self._order), waker))
        with self.activity.rest():
            await waker

    def next_due(self) -> float | None:
        """When (by `monotonic`) the next sleeper wakes, if any sleeps."""
        while self._sleepers and self._sleepers[0][2].done():  # cancelled in its sleep
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] if self._sleepers else None

    def advance_to(self, moment: float) -> None:
        """Set `monotonic` to `moment`, never back, and wake all who are due."""
        self._elapsed = max(self._elapsed, moment)
        while (due := self.next_due()) is not None and due <= self._elapsed:
            heapq.heappop(self._sleepers)[2].set_result(None)

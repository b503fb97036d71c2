"""An event loop that says when nothing is left to run."""

from __future__ import annotations

import asyncio
import math
import selectors
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from streams.testing_clock import FakeClock

# Real seconds that work may take while somebody sleeps on the fake clock, before the sleeper counts as what the work
# waits for (a lock held by the sleeper, say). Too short would let fake time run ahead of a slow database.
_GRACE_S = 1.0
_LONGEST_S = 60.0
"""One wait; then the loop waits again."""
Events = list[tuple[selectors.SelectorKey, int]]


class Overdue(Exception):
    """The loop has run for longer than it was given."""


class QuietSelector(selectors.DefaultSelector):
    """The loop asks its selector to block exactly when no callback is ready: that moment is what we need."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock = clock
        self.on_quiet: Callable[[], None] | None = None
        """Called once, when nothing is ready and no work is under way."""
        self._ends = math.inf

    @contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        """The loop raises Overdue when it still runs after that many real seconds."""
        self._ends = time.monotonic() + seconds
        try:
            yield
        finally:
            self._ends = math.inf

    def select(self, timeout: float | None = None) -> Events:
        longest = self._at_most(timeout)
        if self.on_quiet is None or longest <= 0:
            return super().select(longest)
        events = super().select(0)
        if events:
            return events
        if self._clock.activity.count > 0:
            stuck = self._clock.next_due() is not None and longest > _GRACE_S
            events = super().select(_GRACE_S if stuck else longest)
            if events or not stuck:
                return events
        call, self.on_quiet = self.on_quiet, None
        call()
        return []

    def _at_most(self, timeout: float | None) -> float:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise Overdue
        return min(left, _LONGEST_S if timeout is None else timeout)


def quiet_loop(selector: QuietSelector) -> asyncio.AbstractEventLoop:
    return asyncio.SelectorEventLoop(selector)


async def until_quiet(selector: QuietSelector) -> None:
    """Returns when all other tasks wait for time to pass or for something that nobody will do."""
    quiet: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    selector.on_quiet = lambda: None if quiet.done() else quiet.set_result(None)
    try:
        await quiet
    finally:
        selector.on_quiet = None

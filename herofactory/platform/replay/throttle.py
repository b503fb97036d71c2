"""How fast a replay may go: a rate, a ceiling on the lag of the live agents, and a share of the time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from herofactory.platform.clock import Clock
from herofactory.platform.delivery.errors import classify
from herofactory.platform.replay.live_lag import LiveLag

LOOK_EVERY_S = 1.0
SLICE_S = 0.25
"""Of work between two rests."""
BUSY_SHARE = 0.5
"""Of the time that a replay works while live events come in; the rest is theirs. What it costs them is measured by
`bench/replay.py`."""


class Throttle:
    """Any number of chunks take turns; `watch` runs beside them."""

    def __init__(
        self, clock: Clock, lag: LiveLag, *, rate: float | None, max_lag_s: float, busy_share: float = BUSY_SHARE
    ) -> None:
        """`rate`: records per second, None without bound. `max_lag_s`: of the live agents. `busy_share`: of the time
        that chunks are in work while live events come in."""
        if rate is not None and rate <= 0:
            raise ValueError(f"a replay of {rate=} records per second never ends")
        if not 0 < busy_share <= 1:
            raise ValueError(f"{busy_share=} must be above 0 and at most 1")
        self._clock, self._lag = clock, lag
        self._rate, self._max_lag_s, self._busy_share = rate, max_lag_s, busy_share
        self._due = clock.monotonic()
        self._in_work = 0
        self._idle, self._awake, self._free = (_set_event() for _ in range(3))
        self.live_lag_s = 0.0
        """As last looked at."""
        self.blind: str | None = None
        """Why it cannot be looked at."""

    @property
    def waiting(self) -> str | None:
        """Why nothing is begun just now."""
        if self._free.is_set():
            return None
        if self.blind:
            return f"the lag of the live agents is unknown: {self.blind}"
        return f"live agents are {self.live_lag_s:.1f} s behind (at most {self._max_lag_s:g} s)"

    @asynccontextmanager
    async def turn(self, records: int) -> AsyncIterator[None]:
        """Waits until so many records may be handled; held while they are."""
        await self._admitted(records)
        self._in_work += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._in_work -= 1
            if not self._in_work:
                self._idle.set()

    async def watch(self) -> None:
        """For ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._look())
            tasks.create_task(self._rest())

    async def _admitted(self, records: int) -> None:
        if self._rate is not None:
            now = self._clock.monotonic()
            start = max(now, self._due)
            self._due = start + records / self._rate
            if start > now:
                await self._clock.sleep(start - now)
        while not (self._free.is_set() and self._awake.is_set()):
            await self._free.wait()
            await self._awake.wait()

    async def _rest(self) -> None:
        """All at once, so that a rest is one."""
        while True:
            began = self._clock.monotonic()
            await self._clock.sleep(SLICE_S)
            if not self._lag.busy or self._busy_share == 1:
                continue
            self._awake.clear()
            try:
                await self._idle.wait()
                worked = self._clock.monotonic() - began  # a chunk may take longer than a slice
                await self._clock.sleep(worked * (1 / self._busy_share - 1))
            finally:
                self._awake.set()

    async def _look(self) -> None:
        while True:
            try:
                self.live_lag_s = await asyncio.to_thread(self._lag.seconds)
                self.blind = None
            except Exception as error:
                if classify(error) != "outage":
                    raise
                self.blind = str(error)
            # Whoever cannot see them does not pass them by.
            if self.blind or self.live_lag_s > self._max_lag_s:
                self._free.clear()
            else:
                self._free.set()
            await self._clock.sleep(LOOK_EVERY_S)


def _set_event() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event

"""How fast a replay may go: a rate, a ceiling on the lag of the live agents, and a share of the time."""

from __future__ import annotations

import asyncio

from herofactory.platform.clock import Clock
from herofactory.platform.delivery.errors import classify
from herofactory.platform.replay.live_lag import LiveLag
from herofactory.platform.telemetry.logging import get_logger

LOOK_EVERY_S = 1.0
BUSY_SHARE = 0.7
"""Of the time that a replay works while live events come in; the rest is theirs. What it costs them is measured by
`bench/replay.py`."""


class Throttle:
    def __init__(
        self, clock: Clock, lag: LiveLag, *, rate: float | None, max_lag_s: float, busy_share: float = BUSY_SHARE
    ) -> None:
        """`rate`: records per second, None without bound. `max_lag_s`: of the live agents."""
        if rate is not None and rate <= 0:
            raise ValueError(f"a replay of {rate=} records per second never ends")
        self._clock, self._lag = clock, lag
        self._rate, self._max_lag_s, self._busy_share = rate, max_lag_s, busy_share
        self._due = clock.monotonic()
        self._free = asyncio.Event()
        self._free.set()
        self._log = get_logger("replay")
        self.live_lag_s = 0.0
        """As last looked at."""

    @property
    def waiting(self) -> str | None:
        """Why nothing is handled just now."""
        if self._free.is_set():
            return None
        return f"live agents are {self.live_lag_s:.1f} s behind (at most {self._max_lag_s:g} s)"

    async def admit(self, records: int) -> None:
        """Waits until so many records may be handled."""
        await self._free.wait()
        if self._rate is None:
            return
        now = self._clock.monotonic()
        start, self._due = max(now, self._due), max(now, self._due) + records / self._rate
        if start > now:
            await self._clock.sleep(start - now)

    async def worked(self, seconds: float) -> None:
        """Rests in proportion, while live events come in."""
        if self._lag.busy and self._busy_share < 1:
            await self._clock.sleep(seconds * (1 / self._busy_share - 1))

    async def watch(self) -> None:
        """Looks at the live agents for ever. Run it beside."""
        while True:
            await self._look()
            await self._clock.sleep(LOOK_EVERY_S)

    async def _look(self) -> None:
        try:
            self.live_lag_s = await asyncio.to_thread(self._lag.seconds)
        except Exception as error:
            if classify(error) != "outage":
                raise
            # Whoever cannot see them does not pass them by.
            self._log.warning("the live agents' lag is unknown", cause=str(error))
            self._free.clear()
            return
        if self.live_lag_s > self._max_lag_s:
            self._free.clear()
        else:
            self._free.set()

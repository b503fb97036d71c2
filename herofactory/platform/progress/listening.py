"""What both adapters do alike: one listener per process, started by the first who watches, renewed when it breaks."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple, Self

from herofactory.platform.clock import Clock
from herofactory.platform.progress.fanout import Fanout, Subscription
from herofactory.platform.progress.port import Value, checked_channel, decoded
from herofactory.platform.telemetry.logging import get_logger

AGAIN_S = 1.0
"""Seconds between two attempts to listen."""
QUIET_S = 15.0
"""Seconds of silence after which the listener asks whether the server is still there."""


class Numbered(NamedTuple):
    number: int
    """Rises within a channel, also when the store lost what it had: microseconds since the epoch, at least."""
    text: str


class ListeningBus(ABC):
    """A ProgressBus. Use it with `async with`; leaving it ends the listener."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._fanout = Fanout()
        self._listener: asyncio.Task[None] | None = None

    @abstractmethod
    async def publish(self, channel: str, value: Value) -> None: ...

    @abstractmethod
    async def _find(self, channel: str) -> Numbered | None:
        """The latest value. Raises one of `_failures`."""

    @abstractmethod
    async def _listen(self) -> None:
        """Connects, calls `_catch_up_all` once nothing can be missed any more, then `_told` for each message.

        Raises one of `_failures` when the connection breaks.
        """

    @property
    @abstractmethod
    def _failures(self) -> tuple[type[Exception], ...]: ...

    async def latest(self, channel: str) -> Value | None:
        with suppress(*self._failures):
            found = await self._find(checked_channel(channel))
            return decoded(found.text) if found else None
        return None

    @asynccontextmanager
    async def subscribe(self, channel: str) -> AsyncIterator[Subscription]:
        # First known to the fan-out, then read: a value published meanwhile arrives by one way or by both.
        with self._fanout.subscription(checked_channel(channel)) as subscription:
            if self._listener is None or self._listener.done():
                self._listener = asyncio.create_task(self._listen_on(), name="progress listener")
            with suppress(*self._failures):
                await self._catch_up(channel)
            yield subscription

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._listener:
            self._listener.cancel()
            await asyncio.wait([self._listener])
            self._listener = None

    async def _listen_on(self) -> None:
        while True:
            try:
                await self._listen()
            except self._failures as error:
                get_logger(__name__).warning("progress is not heard; listening anew", error=str(error))
            await self._clock.sleep(AGAIN_S)

    async def _catch_up_all(self) -> None:
        for channel in self._fanout.channels:
            await self._catch_up(channel)

    async def _catch_up(self, channel: str) -> None:
        found = await self._find(channel)
        if found:
            self._fanout.offer(channel, *found)

    def _told(self, message: str) -> None:
        # Anybody may notify; what is none of ours must not end the listener.
        with suppress(ValueError):
            channel, number, text = message.split(" ", 2)
            self._fanout.offer(channel, int(number), text)

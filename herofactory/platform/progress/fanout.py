"""From the one listening connection of a process to all who watch in it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from herofactory.platform.progress.port import Value, decoded

BACKLOG = 64
"""Values that wait for one reader; beyond it the oldest is dropped."""


class Subscription(AsyncIterator[Value]):
    def __init__(self) -> None:
        self._values: deque[Value] = deque(maxlen=BACKLOG)
        self._last = 0
        self._arrived = asyncio.Event()

    def offer(self, number: int, text: str) -> None:
        """Numbers rise within a channel; what is not newer than the last is known already."""
        if number <= self._last:
            return
        self._values.append(decoded(text))
        self._last = number
        self._arrived.set()

    async def __anext__(self) -> Value:
        while not self._values:
            self._arrived.clear()
            await self._arrived.wait()
        return self._values.popleft()


class Fanout:
    def __init__(self) -> None:
        self._subscriptions: dict[str, set[Subscription]] = {}

    @property
    def channels(self) -> list[str]:
        """Those that somebody watches."""
        return list(self._subscriptions)

    @contextmanager
    def subscription(self, channel: str) -> Iterator[Subscription]:
        subscription = Subscription()
        self._subscriptions.setdefault(channel, set()).add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions[channel].discard(subscription)
            if not self._subscriptions[channel]:
                del self._subscriptions[channel]

    def offer(self, channel: str, number: int, text: str) -> None:
        for subscription in self._subscriptions.get(channel, ()):
            subscription.offer(number, text)

"""Fates on their way to storage while their chunk is still in work: a slow record does not hold back its neighbours."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from herofactory.platform.delivery.fate import Fate

Emit = Callable[[Fate], None]


class Outlet:
    """One per chunk. One `store` at a time: whatever came in meanwhile goes with the next."""

    def __init__(self, store: Callable[[Sequence[Fate]], Awaitable[None]]) -> None:
        self._store = store
        self._waiting: list[Fate] = []
        self._woken = asyncio.Event()
        self._closed = False

    def put(self, fate: Fate) -> None:
        """Fates of one key must come in order."""
        self._waiting.append(fate)
        self._woken.set()

    def close(self) -> None:
        """Nothing more will come."""
        self._closed = True
        self._woken.set()

    async def run(self) -> int:
        """Stores until closed; returns how many fates."""
        stored = 0
        while True:
            await self._woken.wait()
            self._woken.clear()
            batch, self._waiting = self._waiting, []
            if batch:
                await self._store(sorted(batch, key=lambda fate: fate.record.offset))
                stored += len(batch)
            elif self._closed:
                return stored
            if self._closed:
                self._woken.set()

"""Fates on their way to storage while their chunk is still in work: a slow record does not hold back its neighbours."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from herofactory.platform.delivery.fate import Fate


class Outlet:
    """One per chunk. One `store` at a time: whatever came in meanwhile goes with the next."""

    def __init__(self, store: Callable[[Sequence[Fate]], Awaitable[None]], on_done: Callable[[int], None]) -> None:
        """`on_done` learns of records that leave nothing to store."""
        self._store = store
        self._on_done = on_done
        self._done = 0
        self._waiting: list[Fate] = []
        self._woken = asyncio.Event()
        self._closed = False

    def put(self, fate: Fate) -> None:
        """Fates of one key must come in order."""
        self._waiting.append(fate)
        self._woken.set()

    def done(self, records: int) -> None:
        """So many more whose effect is stored, and that leave no messages: nobody waits for them."""
        self._done += records
        self._on_done(records)

    def close(self) -> None:
        """Nothing more will come."""
        self._closed = True
        self._woken.set()

    async def run(self) -> int:
        """Stores until closed; returns the fate of how many records is stored."""
        stored = 0
        while True:
            await self._woken.wait()
            self._woken.clear()
            batch, self._waiting = self._waiting, []
            if batch:
                await self._store(sorted(batch, key=lambda fate: fate.record.offset))
                stored += len(batch)
            elif self._closed:
                return stored + self._done
            if self._closed:
                self._woken.set()

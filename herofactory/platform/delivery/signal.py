"""Waiting for something or for a time, whichever comes first."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


class Signal:
    """Wakes all who wait now; who waits later waits for the next `fire`."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def fire(self) -> None:
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)

    async def wait_or(self, other: Coroutine[Any, Any, None]) -> None:
        """Returns when the signal fires or `other` ends; `other` is cancelled if it is not needed."""
        waiter = asyncio.get_running_loop().create_future()
        task = asyncio.ensure_future(other)
        self._waiting.add(waiter)
        try:
            await asyncio.wait((waiter, task), return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                task.result()  # raises what `other` raised
        finally:
            self._waiting.discard(waiter)
            task.cancel()

"""Tasks that are told to end, and whether they do."""

from __future__ import annotations

import asyncio
from typing import Any

MOMENTS = range(16)
"""Steps of the event loop; more than lie between an event and the last who hears of it."""


async def deaf() -> None:
    """Loses the cancellation it waits for, as `asyncio.wait_for` may."""
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        return


async def steps(number: int) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


async def ended(task: asyncio.Task[Any], within_s: float = 5.0) -> bool:
    """Cancels it once; whether it ended by that."""
    task.cancel()
    await asyncio.wait([task], timeout=within_s)
    heard = task.cancelled()
    task.cancel()
    return heard

"""Waiting for an event, with a limit."""

from __future__ import annotations

import asyncio
import contextlib


async def wait_for(event: asyncio.Event, timeout: float) -> None:
    """Returns when `event` is set, at the latest after `timeout` seconds."""
    # Not asyncio.wait_for: in Python 3.11 it swallows a cancellation that comes together with the event.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(timeout):
            await event.wait()

"""Tasks that end when they are told to."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

AGAIN_S = 6.0
"""Longer than a lane takes to write down how far it is."""


async def ended(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancels them until none is left.

    Python 3.11's `wait_for`, which psycopg waits with, loses a cancellation that comes in the moment of an answer.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN_S)


def go_on() -> None:
    """For what begins anew again and again. Raises CancelledError where this task's cancellation got lost."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError

"""Waiting for a condition, never for a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


async def eventually(condition: Callable[[], bool], within_s: float = 20.0) -> None:
    """Returns as soon as `condition` holds; fails loudly where it does not within a generous bound."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"not so within {within_s} s: {condition}"
        await asyncio.sleep(0.01)

"""The log, or the registry, is asked until it answers: an outage is waited out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from herofactory.platform.clock import Clock
from herofactory.platform.delivery.errors import classify
from herofactory.platform.telemetry.logging import get_logger

T = TypeVar("T")
FIRST_S = 0.5
LAST_S = 15.0


async def patiently(clock: Clock, call: Callable[[], T]) -> T:
    """Of `call`, in a thread. Raises what no waiting helps against."""
    wait = FIRST_S
    while True:
        try:
            return await asyncio.to_thread(call)
        except Exception as error:
            if classify(error) != "outage":
                raise
            get_logger("replay").warning("what a replay reads does not answer", cause=str(error), again_in_s=wait)
            await clock.sleep(wait)
            wait = min(LAST_S, wait * 2)

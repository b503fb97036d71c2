"""A server that is down while a process starts: the process says what it waits for, and goes on once it is there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from herofactory.platform.telemetry.logging import get_logger

RETRY_S = 1.0
TOLD_CHARACTERS = 200
T = TypeVar("T")


class Waiting:
    """What one process waits for just now."""

    def __init__(self) -> None:
        self._reasons: dict[str, str] = {}

    @property
    def reasons(self) -> Sequence[str]:
        """For health and `hero status`: `waiting for Kafka at HOST:PORT: why`."""
        return list(self._reasons.values())

    async def until(self, what: str, attempt: Callable[[], Awaitable[T]], passing: tuple[type[Exception], ...]) -> T:
        """What `attempt` gives as soon as it raises none of `passing` any more; every RETRY_S seconds until then."""
        logger = get_logger(__name__)
        while True:
            try:
                value = await attempt()
            except passing as error:
                if what not in self._reasons:
                    logger.warning(f"waiting for {what}", error=str(error))
                self._reasons[what] = f"waiting for {what}: {' '.join(str(error).split())}"[:TOLD_CHARACTERS]
                await asyncio.sleep(RETRY_S)
                continue
            if self._reasons.pop(what, None):
                logger.info(f"going on with {what}")
            return value

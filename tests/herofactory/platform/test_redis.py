"""Who asks Redis and is told to end does end: redis-py sends with `asyncio.wait_for`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from herofactory.platform.clock import SystemClock
from herofactory.platform.progress.redis import RedisProgressBus
from herofactory.platform.redis import RedisServer
from tests.support.cancelling import deaf, ended, steps
from tests.support.waiting import eventually

pytestmark = pytest.mark.anyio
NOWHERE = "redis://127.0.0.1:1/0"


async def test_a_cancellation_in_the_moment_of_the_answer_is_heard() -> None:
    async with RedisServer(NOWHERE, SystemClock()) as server:
        asking = asyncio.create_task(server.answer(deaf))
        await steps(1)
        assert await ended(asking)


class Listening:
    """A pub/sub connection on which nothing comes, deaf at one place."""

    def __init__(self, place: str) -> None:
        self._place, self.reached = place, False

    async def subscribe(self, _topic: str) -> None:
        await self._at("subscribe")

    async def get_message(self, timeout: float) -> dict[str, Any] | None:
        if not await self._at("get_message"):
            await asyncio.sleep(timeout if self.reached else 0)
        return None

    async def ping(self) -> None:
        await self._at("ping")

    async def _at(self, place: str) -> bool:
        """Whether it was deaf here."""
        if place != self._place or self.reached:
            return False
        self.reached = True
        await deaf()
        return True


@pytest.mark.parametrize("place", ["subscribe", "get_message", "ping"])
async def test_a_bus_that_listens_can_be_closed(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    listening = Listening(place)

    @asynccontextmanager
    async def pubsub() -> AsyncIterator[Listening]:
        yield listening

    async def nothing(*_: object) -> tuple[None, None]:
        return None, None

    async with RedisServer(NOWHERE, SystemClock()) as server, asyncio.timeout(5):
        monkeypatch.setattr(server.client, "pubsub", pubsub)
        monkeypatch.setattr(server, "call", nothing)
        async with RedisProgressBus(server) as bus, bus.subscribe("channel"):
            await eventually(lambda: listening.reached)

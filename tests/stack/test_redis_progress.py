"""Progress in a real Redis: the port's contract, and silence without it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from herofactory.platform.progress import ProgressBus
from herofactory.platform.progress.redis import RedisProgressBus
from herofactory.platform.redis import RedisServer
from tests.contract.progress_bus import ProgressBusContract, read
from tests.stack.redis_access import OUTAGES, Outage, opened
from tests.stack.servers.redis import Redis

pytestmark = [pytest.mark.stack, pytest.mark.anyio]


@pytest.fixture
async def bus(server: RedisServer) -> AsyncIterator[ProgressBus]:
    async with RedisProgressBus(server) as bus:
        yield bus


@pytest.fixture
async def other(server: RedisServer, redis: Redis) -> AsyncIterator[ProgressBus]:
    async with opened(redis, server.key("")[:-1]) as beside, RedisProgressBus(beside) as bus:
        yield bus


class TestRedisProgressBus(ProgressBusContract):
    @pytest.mark.parametrize("outage", OUTAGES)
    async def test_without_redis_it_is_silent_and_goes_on_afterwards(
        self, bus: ProgressBus, other: ProgressBus, redis: Redis, channel: str, outage: Outage
    ) -> None:
        async with bus.subscribe(channel) as values:
            await self.listens(bus, other)
            with outage(redis):
                await other.publish(channel, {"step": "lost"})
                assert await other.latest(channel) is None
                async with other.subscribe(channel):
                    pass
            await other.publish(channel, {"step": "told"})
            while (await read(values, 1))[0]["step"] != "told":
                pass

    async def test_a_process_listens_once_however_many_watch(
        self, bus: ProgressBus, server: RedisServer, channel: str
    ) -> None:
        async with bus.subscribe(channel), bus.subscribe(channel), bus.subscribe("another"):
            await self.listens(bus, bus)
            topic = server.key("progress").encode()
            assert await server.client.pubsub_numsub(topic) == [(topic, 1)]

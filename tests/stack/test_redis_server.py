"""Access to a real Redis: bounded in time, never repeated, back by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from herofactory.platform.clock import SystemClock
from herofactory.platform.redis import TIMEOUT_S, RedisServer, RedisUnavailable
from tests.stack.ports import HOST, free_port
from tests.stack.redis_access import OUTAGES, Outage, opened, restarted
from tests.stack.servers.redis import Redis

pytestmark = [pytest.mark.stack, pytest.mark.anyio]


@pytest.fixture
async def server(redis: Redis) -> AsyncIterator[RedisServer]:
    async with opened(redis) as server:
        yield server


@pytest.mark.parametrize("outage", OUTAGES)
async def test_a_server_that_is_away_is_told_and_found_again(server: RedisServer, redis: Redis, outage: Outage) -> None:
    await server.call("PING")
    with outage(redis):
        asked = [server.call("PING") for _ in range(100)]
        async with asyncio.timeout(10 * TIMEOUT_S):
            answers = await asyncio.gather(*asked, return_exceptions=True)
        assert {type(answer) for answer in answers} == {RedisUnavailable}
    assert await server.call("PING")


async def test_a_server_that_was_restarted_meanwhile_costs_no_request(server: RedisServer, redis: Redis) -> None:
    await asyncio.gather(*(server.call("PING") for _ in range(8)))
    await asyncio.to_thread(restarted, redis)
    assert await asyncio.gather(*(server.call("PING") for _ in range(8)))


async def test_a_server_that_failed_is_left_alone_for_a_moment() -> None:
    async with RedisServer(f"redis://{HOST}:{free_port()}/0", SystemClock()) as server:
        with pytest.raises(RedisUnavailable, match="does not answer"):
            await server.call("PING")
        with pytest.raises(RedisUnavailable, match="a moment ago"):
            await server.call("PING")


async def test_a_refusal_to_work_is_unavailability(server: RedisServer) -> None:
    key = server.key("text")
    await server.call("SET", key, "x")
    with pytest.raises(RedisUnavailable, match="WRONGTYPE"):
        await server.call("HGET", key, "field")


async def test_a_script_that_the_server_forgot_is_sent_again(server: RedisServer) -> None:
    script = server.script("return ARGV[1]")
    assert await script([server.key("a")], "1") == b"1"
    await server.call("SCRIPT", "FLUSH")
    assert await script([server.key("a")], "2") == b"2"


async def test_a_cancelled_request_leaves_no_answer_for_the_next(server: RedisServer) -> None:
    for number in range(40):
        asked = asyncio.create_task(server.call("ECHO", f"old {number}"))
        await asyncio.sleep(0)
        asked.cancel()
        assert await server.call("ECHO", f"new {number}") == f"new {number}".encode()

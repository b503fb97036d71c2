"""The cache in a real Redis: the port's contract, and a miss without it."""

from __future__ import annotations

import asyncio

import pytest

from herofactory.platform.cache import ResultCache
from herofactory.platform.cache.redis import RedisResultCache
from herofactory.platform.redis import RedisServer
from tests.contract.result_cache import ENTRIES, TTL_S, ResultCacheContract
from tests.stack.redis_access import OUTAGES, Outage
from tests.stack.servers.redis import Redis

pytestmark = [pytest.mark.stack, pytest.mark.anyio]


@pytest.fixture
async def cache(server: RedisServer) -> ResultCache:
    return RedisResultCache(server, ENTRIES)


class TestRedisResultCache(ResultCacheContract):
    """The contract."""


@pytest.mark.parametrize("outage", OUTAGES)
async def test_without_redis_nothing_is_found_and_nothing_fails(
    cache: ResultCache, redis: Redis, outage: Outage
) -> None:
    await cache.put("a", b"1", TTL_S)
    with outage(redis):
        assert await cache.get("a") is None
        await cache.put("b", b"2", TTL_S)
        await cache.delete("c")
    await cache.put("d", b"3", TTL_S)
    assert await cache.get("d") == b"3"


async def test_what_has_expired_leaves_the_list_of_entries_too(server: RedisServer, cache: ResultCache) -> None:
    for number in range(5):
        await cache.put(f"short {number}", b"", 0.02)
    await asyncio.sleep(0.05)
    await cache.put("long", b"", TTL_S)
    assert await server.call("ZCARD", server.key("{cache}", "entries")) == 1

"""Rate limits in a real Redis: the port's contract, and what happens without it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from api.app import create_app
from herofactory.accounts.signing_key import load_signing_key
from herofactory.accounts.tokens import TokenIssuer
from herofactory.platform.clock import SystemClock
from herofactory.platform.rate_limit import RateLimiter, RateLimiterUnavailable
from herofactory.platform.rate_limit.redis import RedisRateLimiter
from herofactory.platform.redis import RedisServer
from herofactory.platform.settings import Settings
from tests.contract.rate_limiter import RateLimiterContract
from tests.stack.redis_access import OUTAGES, Outage, opened
from tests.stack.servers.redis import Redis

pytestmark = [pytest.mark.stack, pytest.mark.anyio]


@pytest.fixture
async def limiter(server: RedisServer) -> RateLimiter:
    return RedisRateLimiter(server)


class TestRedisRateLimiter(RateLimiterContract):
    """The contract."""


async def test_a_full_bucket_is_forgotten_by_itself(server: RedisServer, limiter: RateLimiter) -> None:
    await limiter.take("full", 100, 1)
    await limiter.take("empty", 0.001, 1)
    await asyncio.sleep(0.05)
    assert await server.call("EXISTS", server.key("rate", "full"), server.key("rate", "empty")) == 1


async def test_the_count_is_shared_by_all_processes(server: RedisServer, redis: Redis, limiter: RateLimiter) -> None:
    async with opened(redis, server.key("")[:-1]) as beside:
        assert await limiter.take("a", 0.001, 1) == 0
        assert await RedisRateLimiter(beside).take("a", 0.001, 1) > 0


@pytest.mark.parametrize("outage", OUTAGES)
async def test_a_redis_that_is_away_is_told_and_found_again(limiter: RateLimiter, redis: Redis, outage: Outage) -> None:
    await limiter.take("a", 0.001, 1)
    with outage(redis), pytest.raises(RateLimiterUnavailable, match="does not answer"):
        await limiter.take("a", 0.001, 1)
    assert await limiter.take("b", 0.001, 1) == 0


@pytest.mark.parametrize("outage", OUTAGES)
async def test_without_redis_reads_go_on_and_writes_wait(
    settings: Settings, limiter: RateLimiter, redis: Redis, outage: Outage
) -> None:
    app, key = create_app(settings), load_signing_key(settings.folder / "keys")
    token = TokenIssuer(key, 3600, SystemClock()).issue("seller-1")
    item = {"name": "검", "description": "", "category": "weapon", "price": 1}
    async with app.router.lifespan_context(app):
        app.state.services = replace(app.state.services, limiter=limiter)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hero/api/v1") as client:
            post = poster(client, token, item)
            assert (await post()).status_code == 201
            with outage(redis):
                assert (await client.get("/pipeline")).status_code == 200
                refused = await post()
            assert refused.json()["code"] == "UNAVAILABLE"
            assert int(refused.headers["retry-after"]) >= 1
            assert (await post()).status_code == 201


def poster(client: httpx.AsyncClient, token: str, item: dict[str, Any]) -> Callable[[], Any]:
    return lambda: client.post("/items", json=item, headers={"Authorization": f"Bearer {token}"})

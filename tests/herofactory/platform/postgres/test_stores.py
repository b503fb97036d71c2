"""The small stores while PostgreSQL is killed and started again: what may be lost, and what may not."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from herofactory.accounts.token_store import PostgresTokenStore, RefreshToken, TokensUnavailable
from herofactory.platform.cache import PostgresResultCache
from herofactory.platform.clock import SystemClock
from herofactory.platform.postgres import EmbeddedPostgres
from herofactory.platform.postgres.database import Database, migrate
from herofactory.platform.progress import PostgresProgressBus
from herofactory.platform.rate_limit import PostgresRateLimiter, RateLimiterUnavailable
from tests.contract.progress_bus import read
from tests.support.waiting import eventually

pytestmark = pytest.mark.anyio
TTL_S = 600.0


@pytest.fixture
def server(used: Path, make_server: Callable[..., EmbeddedPostgres]) -> EmbeddedPostgres:
    server = make_server(used)
    server.start()
    migrate(server.dsn())
    return server


async def test_logins_survive_a_killed_postgresql_and_nothing_else_gets_in_the_way(server: EmbeddedPostgres) -> None:
    clock, token, left = SystemClock(), RefreshToken.first(), RefreshToken.first()
    async with Database(server.dsn()) as database, PostgresProgressBus(database, server.dsn(), clock) as bus:
        tokens = PostgresTokenStore(database, TTL_S)
        cache, limiter = PostgresResultCache(database, clock), PostgresRateLimiter(database, clock)
        await tokens.put(token, "마법사", TTL_S)
        await tokens.put(left, "마법사", TTL_S)
        await tokens.revoke(left.family)
        await cache.put("검", b"1", TTL_S)
        async with bus.subscribe("job") as values:
            await bus.publish("job", {"step": 1})
            assert await read(values, 1) == [{"step": 1}]

            assert server.pid
            os.kill(server.pid, signal.SIGKILL)
            await eventually(lambda: server.poll() is not None)
            asked = (tokens.rotate(token, TTL_S), tokens.is_revoked(left.family), limiter.take("a", 1, 1))
            told = await asyncio.gather(*asked, return_exceptions=True)
            assert [type(error) for error in told] == [TokensUnavailable, TokensUnavailable, RateLimiterUnavailable]
            assert await cache.get("검") is None
            await bus.publish("job", {"step": 2})
            assert await bus.latest("job") is None
            await asyncio.to_thread(server.start)

            await database_answers(tokens)
            assert (await tokens.rotate(token, TTL_S)).subject == "마법사"
            assert await tokens.is_revoked(left.family)
            assert not await tokens.is_revoked(token.family)
            assert await told_again(bus, {"step": 3})
            assert (await read(values, 1))[0]["step"] == 3
            assert await cache.get("검") is None


async def database_answers(tokens: PostgresTokenStore) -> None:
    """The pool connects anew by itself, a little later each time."""
    async with asyncio.timeout(60):
        while True:
            try:
                await tokens.is_revoked()
            except TokensUnavailable:
                continue
            return


async def told_again(bus: PostgresProgressBus, value: dict[str, int]) -> bool:
    """A bus that failed a moment ago is silent; publishing goes on until its rest is over."""
    async with asyncio.timeout(60):
        while await bus.latest("job") != value:
            await bus.publish("job", value)
            await asyncio.sleep(0.05)
    return True

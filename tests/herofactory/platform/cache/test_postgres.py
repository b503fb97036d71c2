from __future__ import annotations

import asyncio

import pytest

from herofactory.platform.cache import PostgresResultCache, ResultCache, sweep
from herofactory.platform.clock import SystemClock
from herofactory.platform.postgres.database import Database
from tests.contract.result_cache import ENTRIES, TTL_S, ResultCacheContract

pytestmark = pytest.mark.anyio


@pytest.fixture
async def cache(database: Database) -> ResultCache:
    return PostgresResultCache(database, SystemClock(), ENTRIES)


class TestPostgresResultCache(ResultCacheContract):
    """The contract."""


async def test_a_database_that_does_not_answer_has_nothing(database: Database, cache: ResultCache) -> None:
    await cache.put("a", b"1", TTL_S)
    async with database.connection() as connection:
        await connection.execute("ALTER TABLE result_cache RENAME TO hidden")
    assert await cache.get("a") is None
    await cache.put("b", b"2", TTL_S)
    await cache.delete("a")


async def test_a_sweep_forgets_what_has_expired(database: Database, cache: ResultCache) -> None:
    await cache.put("expired", b"1", 0.02)
    await cache.put("good", b"2", TTL_S)
    await asyncio.sleep(0.05)
    await PostgresResultCache(database, SystemClock(), 1000).put("no trim", b"3", TTL_S)
    async with database.transaction() as transaction:
        await sweep(transaction)
    assert [bytes(row["value"]) for row in await database.fetch("SELECT value FROM result_cache ORDER BY value")] == [
        b"2",
        b"3",
    ]

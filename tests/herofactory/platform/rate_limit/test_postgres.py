from __future__ import annotations

import pytest

from herofactory.platform.clock import SystemClock
from herofactory.platform.postgres.database import Database
from herofactory.platform.rate_limit import PostgresRateLimiter, RateLimiter, RateLimiterUnavailable, sweep
from herofactory.platform.rest import REST_S
from tests.contract.rate_limiter import RateLimiterContract
from tests.support.clock import InstantClock

pytestmark = pytest.mark.anyio


class TestPostgresRateLimiter(RateLimiterContract):
    @pytest.fixture
    async def limiter(self, database: Database) -> RateLimiter:
        return PostgresRateLimiter(database, SystemClock())


async def test_a_database_that_is_down_is_told_and_left_alone_for_a_moment(database: Database) -> None:
    clock = InstantClock()
    limiter = PostgresRateLimiter(database, clock)
    async with database.connection() as connection:
        await connection.execute("ALTER FUNCTION take_token RENAME TO hidden")
    with pytest.raises(RateLimiterUnavailable, match="does not answer"):
        await limiter.take("a", 1, 1)
    async with database.connection() as connection:
        await connection.execute("ALTER FUNCTION hidden RENAME TO take_token")
    with pytest.raises(RateLimiterUnavailable, match="a moment ago"):
        await limiter.take("a", 1, 1)
    clock.turn(REST_S)
    assert await limiter.take("a", 1, 1) == 0


async def test_a_sweep_forgets_full_buckets_only(database: Database) -> None:
    limiter = PostgresRateLimiter(database, SystemClock())
    await limiter.take("full", 1e6, 1)
    await limiter.take("empty", 0.001, 1)
    async with database.transaction() as transaction:
        await sweep(transaction)
    assert [row["key"] for row in await database.fetch("SELECT key FROM rate_limits")] == ["empty"]

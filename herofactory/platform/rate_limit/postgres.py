"""Rate limits in PostgreSQL, where they cost what they cost in Redis as long as nobody needs 10,000 a second."""

from __future__ import annotations

import asyncio

import psycopg
from psycopg_pool import PoolTimeout

from herofactory.platform.clock import Clock
from herofactory.platform.postgres.database import Connection, Database
from herofactory.platform.rate_limit.port import RateLimiterUnavailable
from herofactory.platform.rest import Rest

TIMEOUT_S = 2.0
"""Seconds a limiter may take to answer; a request must not wait longer for the permission than for its answer."""


class PostgresRateLimiter:
    """The generic cell rate algorithm in the SQL function `take_token`: one row per key, shared by all processes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._rest = Rest(clock)

    async def take(self, key: str, rate: float, burst: int) -> float:
        if self._rest.is_on:
            raise RateLimiterUnavailable("the rate limits' database did not answer a moment ago")
        try:
            async with asyncio.timeout(TIMEOUT_S):
                row = await self._database.fetch_one("SELECT take_token(%s, %s, %s) AS wait_s", key, rate, burst)
        except (TimeoutError, PoolTimeout, psycopg.Error) as error:
            self._rest.begin()
            raise RateLimiterUnavailable(f"the rate limits' database does not answer: {error!r}") from error
        assert row is not None
        return float(row["wait_s"])


async def sweep(transaction: Connection) -> None:
    """Forget keys whose bucket is full again: they are as good as new."""
    await transaction.execute("DELETE FROM rate_limits WHERE tat < extract(epoch FROM clock_timestamp())")

"""Rate limits: the port, and the adapter over PostgreSQL. tests/contract/rate_limiter.py holds every adapter to it."""

from __future__ import annotations

import asyncio
from typing import Protocol

import psycopg
from psycopg_pool import PoolTimeout

from herofactory.platform.clock import Clock
from herofactory.platform.postgres.database import Connection, Database

TIMEOUT_S = 2.0
"""Seconds a limiter may take to answer; a request must not wait longer for the permission than for its answer."""
REST_S = 1.0
"""Seconds after a failure in which the store is not asked again."""


class RateLimiterUnavailable(RuntimeError):
    """The store behind the limits does not answer; the caller decides what is let through."""


class RateLimiter(Protocol):
    async def take(self, key: str, rate: float, burst: int) -> float:
        """One request of `key`, which may make `rate` per second on average and `burst` at once.

        0 where it is granted; otherwise the seconds until one would be, and the refusal costs nothing.
        Raises RateLimiterUnavailable.
        """


class PostgresRateLimiter:
    """The generic cell rate algorithm in the SQL function `take_token`: one row per key, shared by all processes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._resting_until = 0.0

    async def take(self, key: str, rate: float, burst: int) -> float:
        if self._clock.monotonic() < self._resting_until:
            raise RateLimiterUnavailable("the rate limits' database did not answer a moment ago")
        try:
            async with asyncio.timeout(TIMEOUT_S):
                row = await self._database.fetch_one("SELECT take_token(%s, %s, %s) AS wait_s", key, rate, burst)
        except (TimeoutError, PoolTimeout, psycopg.Error) as error:
            self._resting_until = self._clock.monotonic() + REST_S
            raise RateLimiterUnavailable(f"the rate limits' database does not answer: {error!r}") from error
        assert row is not None
        return float(row["wait_s"])


async def sweep(transaction: Connection) -> None:
    """Forget keys whose bucket is full again: they are as good as new."""
    await transaction.execute("DELETE FROM rate_limits WHERE tat < extract(epoch FROM clock_timestamp())")

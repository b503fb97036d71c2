"""Where rate limits, cached results and progress are: in Redis where `HERO_REDIS_URL` names one, else in PostgreSQL.

Logins are in PostgreSQL either way (docs/adr/0009).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from herofactory.platform.adapters import dsn_of

if TYPE_CHECKING:
    from herofactory.platform.cache import ResultCache
    from herofactory.platform.clock import Clock
    from herofactory.platform.postgres.database import Database
    from herofactory.platform.progress import ProgressBus
    from herofactory.platform.rate_limit import RateLimiter
    from herofactory.platform.settings import Settings


@dataclass(frozen=True, slots=True)
class Stores:
    """What they hold may be lost."""

    limiter: RateLimiter
    cache: ResultCache
    progress: ProgressBus


@asynccontextmanager
async def open_stores(settings: Settings, database: Database, clock: Clock, name: str) -> AsyncIterator[Stores]:
    """`name`: this process, as the server lists its connections. A server that is down is no error here."""
    chosen = _in_redis(settings.redis_url.get_secret_value(), clock, name) if settings.redis_url else None
    async with chosen or _in_postgres(settings, database, clock) as stores:
        yield stores


@asynccontextmanager
async def _in_redis(url: str, clock: Clock, name: str) -> AsyncIterator[Stores]:
    from herofactory.platform.cache.redis import RedisResultCache
    from herofactory.platform.progress.redis import RedisProgressBus
    from herofactory.platform.rate_limit.redis import RedisRateLimiter
    from herofactory.platform.redis import RedisServer

    async with RedisServer(url, clock, name=name) as server, RedisProgressBus(server) as progress:
        yield Stores(RedisRateLimiter(server), RedisResultCache(server), progress)


@asynccontextmanager
async def _in_postgres(settings: Settings, database: Database, clock: Clock) -> AsyncIterator[Stores]:
    from herofactory.platform.cache import PostgresResultCache
    from herofactory.platform.progress.postgres import PostgresProgressBus
    from herofactory.platform.rate_limit import PostgresRateLimiter

    async with PostgresProgressBus(database, dsn_of(settings), clock) as progress:
        yield Stores(PostgresRateLimiter(database, clock), PostgresResultCache(database, clock), progress)

"""The cache as an UNLOGGED table: as fast as Redis here, and emptied by a crash, which is right."""

from __future__ import annotations

import asyncio

import psycopg
from psycopg_pool import PoolTimeout

from herofactory.platform.cache.port import ENTRIES, MAX_VALUE_BYTES, digest
from herofactory.platform.clock import Clock
from herofactory.platform.postgres.database import Connection, Database, Row
from herofactory.platform.rest import Rest

TIMEOUT_S = 0.5
"""Seconds after which finding a result anew is the better answer."""
_GET = "SELECT value FROM result_cache WHERE digest = %s AND expires_at > clock_timestamp()"
_PUT = """INSERT INTO result_cache (digest, value, expires_at)
VALUES (%s, %s, clock_timestamp() + make_interval(secs => %s))
ON CONFLICT (digest) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at RETURNING true AS done"""
_DELETE = "DELETE FROM result_cache WHERE digest = %s RETURNING true AS done"
# One at a time: two that delete many rows in different orders would wait for each other.
_ALONE = "WITH alone AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(1212502607, 1) AS granted) "
_TRIM = f"""{_ALONE} DELETE FROM result_cache USING alone WHERE granted AND (expires_at < clock_timestamp()
OR digest IN (SELECT digest FROM result_cache ORDER BY expires_at DESC OFFSET %s)) RETURNING true AS done"""
_SWEEP = f"{_ALONE} DELETE FROM result_cache USING alone WHERE granted AND expires_at < clock_timestamp()"


class PostgresResultCache:
    def __init__(self, database: Database, clock: Clock, entries: int = ENTRIES) -> None:
        self._database = database
        self._rest = Rest(clock)
        self._entries = entries
        self._every = max(1, entries // 16)
        self._puts = 0

    async def get(self, key: str) -> bytes | None:
        row = await self._ask(_GET, digest(key))
        return bytes(row["value"]) if row else None

    async def put(self, key: str, value: bytes, ttl_s: float) -> None:
        if len(value) > MAX_VALUE_BYTES:
            return await self.delete(key)
        await self._ask(_PUT, digest(key), value, ttl_s)
        self._puts += 1
        if self._puts % self._every == 0:
            await self._ask(_TRIM, self._entries)
        return None

    async def delete(self, key: str) -> None:
        await self._ask(_DELETE, digest(key))

    async def _ask(self, query: str, *parameters: object) -> Row | None:
        if self._rest.is_on:
            return None
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await self._database.fetch_one(query, *parameters)
        except (TimeoutError, PoolTimeout, psycopg.Error):
            self._rest.begin()
            return None


async def sweep(transaction: Connection) -> None:
    """Forget what has expired; reads do not wait for it."""
    await transaction.execute(_SWEEP)

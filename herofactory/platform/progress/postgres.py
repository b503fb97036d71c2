"""Progress in PostgreSQL: an UNLOGGED row per channel holds the state, NOTIFY says it at once."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import PoolTimeout

from herofactory.platform.clock import Clock
from herofactory.platform.postgres.database import Connection, Database, Row
from herofactory.platform.progress.listening import QUIET_S, ListeningBus, Numbered
from herofactory.platform.progress.port import KEPT_S, Value, checked_channel, encoded
from herofactory.platform.rest import Rest

TIMEOUT_S = 2.0
"""Seconds for one answer."""
CONNECT_S = 5
_FAILURES = (TimeoutError, PoolTimeout, psycopg.Error)
_PUBLISH = "SELECT publish_progress(%s, %s, %s)"
_FIND = "SELECT number, value FROM progress WHERE channel = %s AND expires_at > clock_timestamp()"


class PostgresProgressBus(ListeningBus):
    """Publishes through the pool of `database`; listens on one connection of its own, to `dsn`."""

    def __init__(self, database: Database, dsn: str, clock: Clock) -> None:
        super().__init__(clock)
        self._database = database
        self._dsn = dsn
        self._rest = Rest(clock)

    async def publish(self, channel: str, value: Value) -> None:
        asked = (checked_channel(channel), encoded(value), KEPT_S)
        with suppress(*_FAILURES):
            await self._ask(_PUBLISH, *asked)

    async def _find(self, channel: str) -> Numbered | None:
        row = await self._ask(_FIND, channel)
        return Numbered(row["number"], row["value"]) if row else None

    async def _ask(self, query: str, *parameters: object) -> Row | None:
        if self._rest.is_on:
            raise TimeoutError("the database did not answer a moment ago")
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await self._database.fetch_one(query, *parameters)
        except _FAILURES:
            self._rest.begin()
            raise

    async def _listen(self) -> None:
        async with await AsyncConnection.connect(
            self._dsn, autocommit=True, connect_timeout=CONNECT_S, application_name="hero-progress"
        ) as connection:
            await connection.execute("LISTEN progress")
            await self._catch_up_all()
            while True:
                async for notification in connection.notifies(timeout=QUIET_S):
                    self._told(notification.payload)
                async with asyncio.timeout(TIMEOUT_S):
                    await connection.execute("SELECT")

    @property
    def _failures(self) -> tuple[type[Exception], ...]:
        return _FAILURES


async def sweep(transaction: Connection) -> None:
    """Forget what has expired; reads do not wait for it."""
    await transaction.execute("DELETE FROM progress WHERE expires_at < clock_timestamp()")

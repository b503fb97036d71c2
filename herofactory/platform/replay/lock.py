"""One process at a time takes a step of a replay."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from uuid import UUID

import psycopg

from herofactory.platform.postgres.database import Connection, Database
from herofactory.platform.replay.target import ReplayRefused

_KEY = "hashtextextended(%s::text, 7)"
"""Of pg_advisory_lock; the seed keeps it apart from other locks by uuid."""


class ReplayBusy(ReplayRefused):
    """Another process is at it."""


class Held:
    """The lock lives as long as a connection. Where that is lost, the next `check` takes the lock anew."""

    def __init__(self, database: Database, replay_id: UUID) -> None:
        self._database = database
        self._replay_id = replay_id
        self._connection: Connection | None = None
        self._lending = AsyncExitStack()

    async def check(self) -> None:
        """Raises ReplayBusy where somebody else took it after an outage of the database, and psycopg.OperationalError
        during one."""
        if self._connection is not None:
            try:
                await self._connection.execute("SELECT 1")
                return
            except psycopg.OperationalError:
                await self.release()
        await self._take()

    async def _take(self) -> None:
        async with AsyncExitStack() as lending:
            connection = await lending.enter_async_context(self._database.connection())
            query = f"SELECT pg_try_advisory_lock({_KEY}) AS got".encode()
            row = await (await connection.execute(query, (self._replay_id,))).fetchone()
            if not (row and row["got"]):
                raise ReplayBusy(f"another process is at work on replay {self._replay_id}")
            self._connection, self._lending = connection, lending.pop_all()

    async def release(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        with suppress(psycopg.OperationalError):
            await connection.execute(f"SELECT pg_advisory_unlock({_KEY})".encode(), (self._replay_id,))
        with suppress(psycopg.OperationalError):
            await self._lending.aclose()


@asynccontextmanager
async def only_one(database: Database, replay_id: UUID) -> AsyncIterator[Held]:
    """Raises ReplayBusy. Takes one connection of the pool."""
    held = Held(database, replay_id)
    await held.check()
    try:
        yield held
    finally:
        await held.release()

"""A database where nothing stays: for trials."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from herofactory.platform.postgres.database import Connection, Database


class Undone(Database):
    """The connections of an open Database; each transaction is rolled back at its end."""

    def __init__(self, database: Database) -> None:
        self._pool = database._pool

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        async with self.connection() as connection, connection.transaction(force_rollback=True):
            yield connection

"""The pool: who waits for a connection and is told to end does end, whenever that comes."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager

import pytest

from herofactory.platform.postgres.database import Connection, Database
from tests.support.cancelling import MOMENTS, ended, steps

pytestmark = pytest.mark.anyio


def borrow(database: Database, kind: str) -> AbstractAsyncContextManager[Connection]:
    return database.transaction() if kind == "transaction" else database.connection()


@pytest.mark.parametrize("kind", ["connection", "transaction"])
async def test_a_cancellation_in_the_moment_a_connection_becomes_free_is_heard(dsn: str, kind: str) -> None:
    async def works(database: Database) -> None:
        async with borrow(database, kind):
            await asyncio.sleep(60)

    async with Database(dsn, size=1) as database:
        for moment in MOMENTS:
            async with database.connection():
                waiting = asyncio.create_task(works(database))
                await steps(len(MOMENTS))
            await steps(moment)
            assert await ended(waiting), f"{moment} steps after the connection was given back"
            assert await database.fetch_one("SELECT 1 AS n") == {"n": 1}

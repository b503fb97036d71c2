"""How a rebuild of the search index is asked for: over PostgreSQL, of whichever process keeps the place in use."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import psycopg

from herofactory.platform.telemetry.logging import get_logger

ASK = "search_rebuild"
"""Channel of the request; the payload is its id."""
TELL = "search_rebuilt"
"""Channel of the answer: JSON `{id, documents, failed, seconds}` or `{id, error}`."""
_RETRY_S = 1.0
_LOCK = 0x494E4458
"""Of the database: one process at a time builds an index; of several that are asked, one answers."""
Rebuild = Callable[[psycopg.AsyncConnection], Awaitable[Mapping[str, object] | None]]
"""What to answer; None where it is another process that has to."""


async def serve(dsn: str, rebuild: Rebuild) -> None:
    """Answers until cancelled."""
    while True:
        try:
            await _listen(dsn, rebuild)
        except psycopg.Error as error:
            get_logger(__name__).warning("not listening for rebuild requests; trying again", error=str(error))
            await asyncio.sleep(_RETRY_S)


async def _listen(dsn: str, rebuild: Rebuild) -> None:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await connection.execute(f"LISTEN {ASK}")
        while True:
            # Collected first: while they are iterated over, the connection takes no other statement.
            for notice in [each async for each in connection.notifies(stop_after=1)]:
                if (found := await rebuild(connection)) is not None:
                    answer = json.dumps({"id": notice.payload, **found})
                    await connection.execute("SELECT pg_notify(%s, %s)", (TELL, answer))


@asynccontextmanager
async def turn(connection: psycopg.AsyncConnection) -> AsyncIterator[bool]:
    """Whether it is this process that builds; otherwise another one is at it, and will answer."""
    cursor = await connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,))
    if await cursor.fetchone() != (True,):
        yield False
        return
    try:
        yield True
    finally:
        await connection.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))


def wait_for_turn(connection: psycopg.Connection) -> None:
    """Until no other process builds an index. The turn ends with the connection."""
    connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))

"""Connections: a pool per process, and migrations."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import AsyncConnection, sql
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from herofactory.platform.cancellation import heeding
from herofactory.platform.telemetry.tracing import current_traceparent

Connection = AsyncConnection[DictRow]
Row = dict[str, Any]
# One lock for the whole cluster: two processes never migrate at once. Any constant will do.
_MIGRATION_LOCK = 0x4845524F
_MIGRATIONS = Path(__file__).with_name("migrations")


class Database:
    """An asynchronous pool whose rows are dicts. Open it with `async with`."""

    def __init__(self, dsn: str, *, size: int = 8, name: str = "herofactory", checked: bool = True) -> None:
        """`checked`: try every connection before handing it out, one round trip each time.

        After a restart of the server nothing fails then. Who repeats what failed anyway, as agents do, needs no check.
        """
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            dsn,
            connection_class=Connection,
            kwargs={"row_factory": dict_row, "autocommit": True, "application_name": name},
            min_size=1,
            max_size=size,
            open=False,
            check=AsyncConnectionPool.check_connection if checked else None,
            timeout=10,
            reconnect_timeout=30,
        )

    async def __aenter__(self) -> Database:
        await self._pool.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pool.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection in autocommit mode."""
        async with AsyncExitStack() as lending:
            with heeding():
                connection = await lending.enter_async_context(self._pool.connection())
            yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """One transaction: commits at the end, rolls back on an exception. Triggers see the trace at hand."""
        async with self.connection() as connection, connection.transaction():
            traceparent = current_traceparent()
            if traceparent:
                await connection.execute("SELECT set_config('herofactory.traceparent', %s, true)", (traceparent,))
            yield connection

    async def fetch(self, query: sql.SQL | str, *parameters: object) -> list[Row]:
        async with self.connection() as connection:
            cursor = await connection.execute(_query(query), parameters)
            return await cursor.fetchall()

    async def fetch_one(self, query: sql.SQL | str, *parameters: object) -> Row | None:
        async with self.connection() as connection:
            cursor = await connection.execute(_query(query), parameters)
            return await cursor.fetchone()


def _query(query: sql.SQL | str) -> Any:
    # psycopg wants literal strings; every query of ours is one, parameters always travel beside it.
    return query


def migrate(dsn: str) -> None:
    """Bring the database at `dsn` to the newest version. Idempotent; waits for another process that migrates."""
    with psycopg.connect(dsn, autocommit=True) as lock:
        lock.execute("SELECT pg_advisory_lock(%s)", (_MIGRATION_LOCK,))
        if _version(lock) == max(file.name.partition("_")[0] for file in _versions()):
            return  # every start comes here, and the libraries below cost it a second
        _upgrade(dsn)


def pending_migrations(dsn: str) -> list[str]:
    """Versions that the database at `dsn` has not reached yet, in order; changes nothing."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        reached = _version(connection) or ""
    return [name for name in sorted(file.name.partition("_")[0] for file in _versions()) if name > reached]


def _versions() -> Iterator[Path]:
    return _MIGRATIONS.glob("versions/[0-9]*.py")


def _version(connection: psycopg.Connection[Any]) -> str | None:
    """Revisions are numbered in order, and their files begin with the number."""
    found = connection.execute("SELECT to_regclass('alembic_version') IS NOT NULL").fetchone()
    if not (found and found[0]):
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return row[0] if row else None


def _upgrade(dsn: str) -> None:
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(dsn), poolclass=NullPool)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()

"""The database: its tables, and that changes can be captured from it."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from cli.errors import CliError
from herofactory.platform.postgres.database import migrate, pending_migrations

OLDEST = 18
"""uuidv7() came with it."""


class DatabaseStep:
    name = "database"

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    def changes(self) -> Sequence[str]:
        check_server(self._dsn)
        return [f"migration {name}: apply" for name in pending_migrations(self._dsn)]

    def apply(self) -> None:
        migrate(self._dsn)


def check_server(dsn: str) -> str:
    """Its version. Raises CliError where changes cannot be captured from it, saying what to do."""
    query = """SELECT current_setting('server_version'), current_setting('server_version_num')::int / 10000,
                      current_setting('wal_level'),
                      (SELECT rolsuper OR rolreplication FROM pg_roles WHERE rolname = current_user), current_user"""
    with psycopg.connect(dsn, connect_timeout=5) as connection:
        row = connection.execute(query).fetchone()
    assert row
    version, major, wal_level, may_replicate, user = row
    if major < OLDEST:
        raise CliError(f"PostgreSQL {version} is too old: {OLDEST} or newer is needed")
    if wal_level != "logical":
        raise CliError(f"wal_level is {wal_level}: set wal_level = logical in postgresql.conf and restart PostgreSQL")
    if not may_replicate:
        raise CliError(f"user {user} may not replicate: ALTER ROLE {user} REPLICATION")
    return str(version)

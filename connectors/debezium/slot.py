"""The replication slot that change capture reads, as PostgreSQL sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import psycopg
from psycopg import sql
from psycopg.rows import class_row

_LOOK = """
SELECT active, failover AS ours, coalesce(wal_status, 'lost') AS wal_status,
       coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn), 0)::bigint AS behind_bytes,
       coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint AS kept_bytes
  FROM pg_replication_slots WHERE slot_name = %s AND database = current_database()
"""


@dataclass(frozen=True, slots=True)
class Slot:
    active: bool
    """Somebody reads it now."""
    ours: bool
    """Made by `create`. Debezium makes one too where it finds none, and then knows nothing of what was before."""
    wal_status: Literal["reserved", "extended", "unreserved", "lost"]
    behind_bytes: int
    """Write-ahead log written since what its reader has confirmed."""
    kept_bytes: int
    """Write-ahead log that PostgreSQL keeps for it."""

    @property
    def is_lost(self) -> bool:
        """Or was, before somebody else made it anew: either way something may be missing that it should have told."""
        return self.wal_status == "lost" or not self.ours


def look(connection: psycopg.Connection[Any], name: str) -> Slot | None:
    """None where there is none."""
    with connection.cursor(row_factory=class_row(Slot)) as cursor:
        return cursor.execute(_LOOK, (name,)).fetchone()


def create(connection: psycopg.Connection[Any], name: str) -> None:
    """With `failover`, by which we know it as ours (nobody else sets it), and which standbys may follow."""
    connection.execute("SELECT pg_create_logical_replication_slot(%s, 'pgoutput', failover => true)", (name,))


def drop(connection: psycopg.Connection[Any], name: str) -> None:
    """Raises psycopg.errors.ObjectInUse where somebody still reads it."""
    connection.execute(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s", (name,)
    )


def drop_lost(connection: psycopg.Connection[Any], name: str) -> None:
    """Only where its log is gone: nobody can read it any more."""
    connection.execute(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
        " WHERE slot_name = %s AND wal_status = 'lost' AND NOT active",
        (name,),
    )


def has_publication(connection: psycopg.Connection[Any], name: str) -> bool:
    return connection.execute("SELECT 1 FROM pg_publication WHERE pubname = %s", (name,)).fetchone() is not None


def create_publication(connection: psycopg.Connection[Any], name: str, table: str) -> None:
    """Before the slot: what was written while there was no publication cannot be decoded for it."""
    statement = sql.SQL("CREATE PUBLICATION {} FOR TABLE {} WITH (publish = 'insert')")
    connection.execute(statement.format(sql.Identifier(name), sql.Identifier(table)))


def note(connection: psycopg.Connection[Any], publication: str, text: str | None) -> None:
    """Leaves `text` beside the publication, for `noted`; None removes it."""
    statement = sql.SQL("COMMENT ON PUBLICATION {} IS {}")
    connection.execute(statement.format(sql.Identifier(publication), sql.Literal(text)))


def noted(connection: psycopg.Connection[Any], publication: str) -> str | None:
    query = "SELECT obj_description(oid, 'pg_publication') FROM pg_publication WHERE pubname = %s"
    row = connection.execute(query, (publication,)).fetchone()
    return row[0] if row else None

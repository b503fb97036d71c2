"""Opening the log file: create it once, recognise it, refuse what is not ours."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from herofactory.platform.eventlog.embedded.ddl import APPLICATION_ID, SCHEMA_VERSION, TABLES
from herofactory.platform.eventlog.embedded.errors import translated
from herofactory.platform.eventlog.port import LogVersionMismatch

BUSY_TIMEOUT_S = 30.0
"""How long a writer waits for the one of another process. Transactions take milliseconds; 30 s is a hung machine."""

_CACHE_KIB = 4_000
_SYNC = ("FULL", "NORMAL", "EXTRA", "OFF")


def connect(file: Path, sync: str = "FULL", max_page_count: int | None = None) -> sqlite3.Connection:
    """A connection in autocommit mode, for any one thread at a time. `max_page_count` bounds the file (tests)."""
    if sync not in _SYNC:
        raise ValueError(f"sync={sync!r} is not known; use one of {', '.join(_SYNC)}.")
    try:
        connection = sqlite3.connect(file, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as error:
        raise translated(error, file) from error
    try:
        connection.execute(f"PRAGMA synchronous={sync}")
        connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        if max_page_count is not None:
            connection.execute(f"PRAGMA max_page_count={max_page_count:d}")
    except sqlite3.Error as error:
        connection.close()
        raise translated(error, file) from error
    return connection


def prepare(file: Path, max_page_count: int | None = None) -> None:
    """Create the file's tables if it is new, else make sure it is ours. Safe for several processes at once."""
    connection = connect(file, max_page_count=max_page_count)
    try:
        _use_wal(connection)
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            if _is_empty(connection):
                _create(connection)
        _check(connection, file)
    except sqlite3.Error as error:
        raise translated(error, file) from error
    finally:
        connection.close()


def _use_wal(connection: sqlite3.Connection) -> None:
    if not connection.execute("PRAGMA page_count").fetchone()[0]:
        # Before the first page is written: so the file can give space back. Later it would change nothing, but write:
        # a part must be able to start on a full disk.
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").fetchone()
            return
        except sqlite3.OperationalError as error:
            # Two processes that create the file together: SQLite does not call its busy handler here.
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _is_empty(connection: sqlite3.Connection) -> bool:
    return not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] and not _stamp(connection)[0]


def _create(connection: sqlite3.Connection) -> None:
    for statement in TABLES.split(";"):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")


def _stamp(connection: sqlite3.Connection) -> tuple[int, int]:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return application, version


def _check(connection: sqlite3.Connection, file: Path) -> None:
    application, version = _stamp(connection)
    if application != APPLICATION_ID:
        raise LogVersionMismatch(
            f"{file} is not an event log: its application id is {application:#x}, ours is {APPLICATION_ID:#x}. "
            "Move it away."
        )
    if version != SCHEMA_VERSION:
        raise LogVersionMismatch(
            f"{file} was written by log version {version}, this program reads version {SCHEMA_VERSION}. "
            "Use the program that wrote it, or move the log's folder away: `hero replay` fills a new one."
        )

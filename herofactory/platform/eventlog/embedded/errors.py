"""SQLite's errors in the words of the port."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from herofactory.platform.eventlog.port import LogCorrupt, LogError, LogFull, LogUnavailable

_PRIMARY = 0xFF
_FULL = {sqlite3.SQLITE_FULL}
_CORRUPT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def translated(error: BaseException, file: Path) -> LogError:
    """The port's error for what SQLite said about `file`."""
    if isinstance(error, LogError):
        return error
    code = getattr(error, "sqlite_errorcode", 0)
    # The index of the WAL cannot grow: the disk is full, but SQLite calls it an I/O error.
    if code & _PRIMARY in _FULL or code == sqlite3.SQLITE_IOERR_SHMSIZE:
        return LogFull(
            f"No space left for the event log {file}. Nothing was written. Free disk space; nothing else is needed."
        )
    if code & _PRIMARY in _CORRUPT:
        return LogCorrupt(
            f"The event log {file} is damaged ({error}). Stop everything, move the log's folder away and start again: "
            "the database is the source of truth and `hero replay` fills the log anew."
        )
    if code & _PRIMARY == sqlite3.SQLITE_BUSY:
        # By one that was stopped in the middle of a write, say: it works again when that goes on or is killed.
        return LogUnavailable(f"Another process kept the event log {file} locked for too long ({error}). Try again.")
    return LogError(f"The event log {file} failed: {error!r}. Check that its folder exists and is writable.")

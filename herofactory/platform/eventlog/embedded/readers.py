"""A few read connections shared by all threads of a process."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from herofactory.platform.eventlog.embedded.connection import connect
from herofactory.platform.eventlog.embedded.errors import translated
from herofactory.platform.eventlog.port import LogError

_KEPT = 4
"""Idle connections kept open; a burst of threads opens more and closes them again."""


class Readers:
    def __init__(self, file: Path) -> None:
        self._file = file
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._closed = False

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """One connection for one thread. SQLite's errors leave as the port's."""
        connection = self._take()
        try:
            yield connection
        except sqlite3.Error as error:
            raise translated(error, self._file) from error
        finally:
            self._give_back(connection)

    def close(self) -> None:
        with self._lock:
            self._closed, idle, self._idle = True, self._idle, []
        for connection in idle:
            connection.close()

    def _take(self) -> sqlite3.Connection:
        with self._lock:
            if self._closed:
                raise LogError(f"The event log {self._file} is closed in this process.")
            if self._idle:
                return self._idle.pop()
        return connect(self._file)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            if not self._closed and len(self._idle) < _KEPT:
                self._idle.append(connection)
                return
        connection.close()

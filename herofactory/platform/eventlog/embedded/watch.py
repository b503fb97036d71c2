"""Notices what any process wrote: one thread per process polls SQLite's change counter, however many consumers listen.

The pace adapts: fast while records arrive, slow when nothing does. Heartbeats and commits of offsets are no traffic.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from herofactory.platform.eventlog.embedded.readers import Readers
from herofactory.platform.eventlog.port import LogError

logger = logging.getLogger(__name__)

FAST_S = 0.005
SLOW_S = 0.025
"""40 polls a second cost 0.3 % of a core; the first record after a quiet second waits 25 ms at most."""
FAST_FOR_S = 1.0
LEAST_S = 0.001
"""Between two looks: a busy writer of this process, who pokes at every commit, is not to be slowed down by them."""

_ENDS = 'SELECT topic, partition, earliest, "end" FROM partitions'
_GROUPS = "SELECT name, generation FROM groups"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The log's ends and its groups' generations at one moment."""

    ends: Mapping[tuple[int, int], tuple[int, int]]
    """(topic id, partition) -> (earliest, end)."""
    generations: Mapping[str, int]


Listener = Callable[[Snapshot], None]
"""Called in the watcher's thread whenever the snapshot changed. Must not block and must not raise."""


def take(connection: sqlite3.Connection) -> Snapshot:
    ends = {(topic, partition): (earliest, end) for topic, partition, earliest, end in connection.execute(_ENDS)}
    return Snapshot(ends, dict(connection.execute(_GROUPS).fetchall()))


class Watcher:
    """Polls only while somebody listens."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers
        self._listeners: list[Listener] = []
        self._lock = threading.Lock()
        self._poked = threading.Event()
        self._thread: threading.Thread | None = None
        self._closed = False

    def add(self, listener: Listener) -> Snapshot:
        """Call `listener` on every change after the returned snapshot."""
        with self._lock:
            self._listeners.append(listener)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="event-log-watcher", daemon=True)
                self._thread.start()
        with self._readers.connection() as connection:
            return take(connection)

    def remove(self, listener: Listener) -> None:
        with self._lock:
            self._listeners.remove(listener)
        self._poked.set()

    def poke(self) -> None:
        """This process wrote: look now."""
        if self._thread is not None:
            self._poked.set()

    def close(self) -> None:
        self._closed = True
        self._poked.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._closed:
            try:
                with self._readers.connection() as connection:
                    self._watch(connection)
            except (sqlite3.Error, LogError) as error:
                if not self._closed:
                    logger.warning("watching the event log failed, trying again: %s", error)
                    time.sleep(1.0)
            if not self._listeners and self._stop():
                return

    def _stop(self) -> bool:
        with self._lock:
            if self._listeners:
                return False
            self._thread = None
            return True

    def _watch(self, connection: sqlite3.Connection) -> None:
        version, seen, active_until = -1, Snapshot({}, {}), 0.0
        while self._listeners and not self._closed:
            (now_version,) = connection.execute("PRAGMA data_version").fetchone()
            if now_version != version:
                version, snapshot = now_version, take(connection)
                if snapshot.ends != seen.ends:
                    active_until = time.monotonic() + FAST_FOR_S
                if snapshot != seen:
                    seen = snapshot
                    for listener in tuple(self._listeners):
                        listener(snapshot)
                time.sleep(LEAST_S)
            self._poked.wait(FAST_S if time.monotonic() < active_until else SLOW_S)
            self._poked.clear()

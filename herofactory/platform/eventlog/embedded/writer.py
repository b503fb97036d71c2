"""One thread per process writes. What waits is written together in one transaction: group commit."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from herofactory.platform.eventlog.embedded.connection import connect
from herofactory.platform.eventlog.embedded.errors import translated
from herofactory.platform.eventlog.port import LogError, LogFull

MAX_BATCH = 1_000
"""Jobs of one transaction. Bounds how long other processes wait for the lock: some 10 ms."""

Row = tuple[int, int, float | None, bytes | None, bytes | None, bytes | None]
"""topic id, partition, timestamp (None: now), key, value, encoded headers."""

Work = Callable[[sqlite3.Cursor], Any]


class Job:
    """Rows to append, or `work` to run: all of it or nothing. Result: the offsets, or what `work` returned."""

    __slots__ = ("context", "error", "result", "rows", "sink", "work")

    def __init__(self, rows: Sequence[Row], work: Work | None, sink: Sink, context: Any = None) -> None:
        self.rows, self.work, self.sink, self.context = rows, work, sink, context
        self.result: Any = None
        self.error: Exception | None = None


Sink = Callable[[Sequence[Job]], None]
"""Called in the writer thread with the jobs of one commit that named it. Must not block and must not raise."""


class Writer:
    def __init__(self, file: Path, sync: str, max_page_count: int | None, on_commit: Callable[[], None]) -> None:
        self._file, self._on_commit = file, on_commit
        self._connection = connect(file, sync, max_page_count)
        self._queue: deque[Job] = deque()
        self._wake = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="event-log-writer", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Returns at once; the job's sink hears of the end, also of a failed one."""
        with self._wake:
            if self._closed:
                raise LogError(f"The event log {self._file} is closed in this process.")
            self._queue.append(job)
            self._wake.notify()

    def call(self, work: Work) -> Any:
        """Run `work` in a write transaction and wait for its result."""
        return self.wait(Job((), work, lambda _: None))

    def wait(self, job: Job) -> Any:
        """Submit and wait. Raises what the job raised."""
        done = threading.Event()
        job.sink = lambda _: done.set()
        self.submit(job)
        done.wait()
        if job.error is not None:
            raise job.error
        return job.result

    def close(self) -> None:
        """Write what was submitted, then stop."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        while batch := self._next_batch():
            self._write(batch)
            sinks: dict[Sink, list[Job]] = {}
            for job in batch:
                sinks.setdefault(job.sink, []).append(job)
            for sink, jobs in sinks.items():
                sink(jobs)
            self._on_commit()

    def _next_batch(self) -> list[Job]:
        with self._wake:
            while not self._queue and not self._closed:
                self._wake.wait()
            return [self._queue.popleft() for _ in range(min(len(self._queue), MAX_BATCH))]

    def _write(self, batch: Sequence[Job]) -> None:
        try:
            self._transaction(batch)
        except (sqlite3.Error, LogError) as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            translation = translated(error, self._file)
            if len(batch) > 1 and isinstance(translation, LogFull):
                # One that is too large for the space left must not fail its neighbours.
                for job in batch:
                    self._write([job])
                return
            for job in batch:
                job.result, job.error = None, translation

    def _transaction(self, batch: Sequence[Job]) -> None:
        cursor = self._connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        append(cursor, [job for job in batch if job.rows], time.time())
        for job in batch:
            if job.work is not None:
                _call(cursor, job, job.work)
        cursor.execute("COMMIT")


def append(cursor: sqlite3.Cursor, jobs: Sequence[Job], now: float) -> None:
    """Append the rows of all jobs; each job's result becomes the list of its offsets."""
    ends: dict[tuple[int, int], int] = {}
    rows: list[tuple[Any, ...]] = []
    for job in jobs:
        offsets = job.result = []
        for topic, partition, timestamp, key, value, headers in job.rows:
            place = (topic, partition)
            end = ends.get(place)
            if end is None:
                end = cursor.execute('SELECT "end" FROM partitions WHERE topic=? AND partition=?', place).fetchone()[0]
            rows.append((topic, partition, end, now if timestamp is None else timestamp, key, value, headers))
            offsets.append(end)
            ends[place] = end + 1
    cursor.executemany("INSERT INTO records VALUES (?,?,?,?,?,?,?)", rows)
    cursor.executemany(
        'UPDATE partitions SET "end"=? WHERE topic=? AND partition=?', [(end, *place) for place, end in ends.items()]
    )


def _call(cursor: sqlite3.Cursor, job: Job, work: Work) -> None:
    cursor.execute("SAVEPOINT job")
    try:
        job.result = work(cursor)
    except sqlite3.Error:
        raise
    except Exception as error:  # noqa: BLE001 - the caller's own error goes back to the caller, not to this thread
        cursor.execute("ROLLBACK TO job")
        job.error = error
    cursor.execute("RELEASE job")

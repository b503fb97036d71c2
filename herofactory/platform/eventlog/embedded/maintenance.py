"""Retention, compaction and giving space back, in small transactions so that writers never wait long.

Every step goes through the process's writer; between two steps whatever waited there is written.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from herofactory.platform.eventlog.embedded.connection import connect
from herofactory.platform.eventlog.embedded.errors import translated
from herofactory.platform.eventlog.embedded.readers import Readers
from herofactory.platform.eventlog.embedded.writer import Writer
from herofactory.platform.eventlog.port import TopicConfig

CHUNK = 2_000
"""Records deleted per transaction: some 10 ms of the write lock."""
VACUUM_PAGES = 512
"""Pages given back per transaction: 2 MiB."""
MIN_DIRTY = 0.25
"""A compacted partition is cleaned when so much of it is new since the last time (Kafka: min.cleanable.dirty.ratio)."""
CHECKPOINT_WAIT_MS = 200


@dataclass(frozen=True, slots=True)
class Maintained:
    expired: int
    """Records dropped because they were older than their topic's retention."""
    compacted: int
    """Records dropped because a newer one has their key, and tombstones that everybody had time to read."""
    pages: int
    """Pages given back to the file system."""


@dataclass(frozen=True, slots=True)
class _Partition:
    topic: int
    partition: int
    end: int
    cleaned: int
    live: int
    oldest_tombstone: float | None


class Maintenance:
    def __init__(self, file: Path, readers: Readers, writer: Writer) -> None:
        self._file, self._readers, self._writer = file, readers, writer

    def run(self, now: float) -> Maintained:
        """`now`: seconds since the epoch. Safe in several processes at once."""
        expired = compacted = 0
        for config, partition in self._partitions():
            if config.retention_s is not None:
                expired += self._expire(partition, now - config.retention_s)
            if config.compacted:
                compacted += self._compact(partition, now - config.delete_retention_s)
        pages = self._vacuum()
        self._truncate_wal()
        return Maintained(expired, compacted, pages)

    def _partitions(self) -> Sequence[tuple[TopicConfig, _Partition]]:
        with self._readers.connection() as connection:
            rows = connection.execute(
                "SELECT t.name, t.partitions, t.retention_s, t.compacted, t.delete_retention_s, "
                'p.topic, p.partition, p."end", p.cleaned, p.live, p.oldest_tombstone '
                "FROM topics t JOIN partitions p ON p.topic = t.id"
            ).fetchall()
        return [(TopicConfig(row[0], row[1], row[2], bool(row[3]), row[4]), _Partition(*row[5:])) for row in rows]

    def _expire(self, partition: _Partition, before: float) -> int:
        """Drop the leading records older than `before`. Stops at the first younger one, so no hole appears."""
        total = 0
        while dropped := self._writer.call(lambda cursor: _expire_chunk(cursor, partition, before)):
            total += dropped
        return total

    def _compact(self, partition: _Partition, tombstones_before: float) -> int:
        dirty = partition.end - partition.cleaned
        due = partition.oldest_tombstone is not None and partition.oldest_tombstone < tombstones_before
        if not due and (dirty == 0 or dirty < MIN_DIRTY * partition.live):
            return 0
        superseded, tombstones, kept, oldest = self._survey(partition, tombstones_before)
        # Tombstones last: dropped before what they delete, a crash in between would bring that back.
        doomed = superseded + tombstones
        for at in range(0, len(doomed), CHUNK):
            chunk = doomed[at : at + CHUNK]
            self._writer.call(partial(_delete, partition, chunk))
        self._writer.call(lambda cursor: _cleaned(cursor, partition, kept, oldest))
        return len(doomed)

    def _survey(self, partition: _Partition, before: float) -> tuple[list[int], list[int], int, float | None]:
        """Offsets superseded, offsets of old tombstones, records kept, timestamp of the oldest tombstone kept."""
        superseded: list[int] = []
        tombstones: list[int] = []
        kept, oldest = 0, None
        with self._readers.connection() as connection:
            for offset, last, timestamp, gone in connection.execute(
                "SELECT offset, max(offset) OVER (PARTITION BY key), timestamp, value IS NULL FROM records "
                "WHERE topic=? AND partition=? AND offset<? AND key IS NOT NULL",
                (partition.topic, partition.partition, partition.end),
            ):
                if offset < last:
                    superseded.append(offset)
                elif gone and timestamp < before:
                    tombstones.append(offset)
                else:
                    kept += 1
                    oldest = min(timestamp, oldest or timestamp) if gone else oldest
        return superseded, tombstones, kept, oldest

    def _vacuum(self) -> int:
        total = 0
        while given := self._writer.call(_vacuum_chunk):
            total += given
        return total

    def _truncate_wal(self) -> None:
        """Move everything from the WAL into the file and empty it. Skipped, until next time, while somebody reads."""
        try:
            connection = connect(self._file)
            try:
                connection.execute(f"PRAGMA busy_timeout={CHECKPOINT_WAIT_MS}")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                connection.close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise translated(error, self._file) from error


def _expire_chunk(cursor: sqlite3.Cursor, partition: _Partition, before: float) -> int:
    place = (partition.topic, partition.partition)
    rows = cursor.execute(
        "SELECT offset, timestamp FROM records WHERE topic=? AND partition=? ORDER BY offset LIMIT ?", (*place, CHUNK)
    ).fetchall()
    keep = next((offset for offset, timestamp in rows if timestamp >= before), rows[-1][0] + 1 if rows else 0)
    cursor.execute("DELETE FROM records WHERE topic=? AND partition=? AND offset<?", (*place, keep))
    dropped = cursor.rowcount
    if dropped:
        cursor.execute("UPDATE partitions SET earliest=max(earliest, ?) WHERE topic=? AND partition=?", (keep, *place))
    return dropped


def _delete(partition: _Partition, offsets: Sequence[int], cursor: sqlite3.Cursor) -> None:
    cursor.executemany(
        "DELETE FROM records WHERE topic=? AND partition=? AND offset=?",
        [(partition.topic, partition.partition, offset) for offset in offsets],
    )


def _cleaned(cursor: sqlite3.Cursor, partition: _Partition, kept: int, oldest_tombstone: float | None) -> None:
    cursor.execute(
        "UPDATE partitions SET cleaned=?, live=?, oldest_tombstone=? WHERE topic=? AND partition=?",
        (partition.end, kept, oldest_tombstone, partition.topic, partition.partition),
    )


def _vacuum_chunk(cursor: sqlite3.Cursor) -> int:
    (before,) = cursor.execute("PRAGMA freelist_count").fetchone()
    if before:
        # Each row returned is one page: the statement must be run to its end.
        cursor.execute(f"PRAGMA incremental_vacuum({VACUUM_PAGES})").fetchall()
    (after,) = cursor.execute("PRAGMA freelist_count").fetchone()
    return int(before - after)

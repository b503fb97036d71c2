"""Offsets by the time at which the log took a record."""

from __future__ import annotations

import sqlite3

from herofactory.platform.eventlog.port import OffsetRange


def first_since(connection: sqlite3.Connection, place: tuple[int, int], held: OffsetRange, moment: float) -> int:
    """Offset of the first record of (topic id, partition) not older than `moment`; the end where there is none."""
    low, high = held.earliest, held.end
    while low < high:
        middle = (low + high) // 2
        # Behind a hole that compaction left, the next one speaks for it.
        found = connection.execute(
            "SELECT offset, timestamp FROM records WHERE topic=? AND partition=? AND offset>=? ORDER BY offset LIMIT 1",
            (*place, middle),
        ).fetchone()
        if found is None or found[0] >= high or found[1] >= moment:
            high = middle
        else:
            low = found[0] + 1
    return _existing(connection, place, low, held.end)


def _existing(connection: sqlite3.Connection, place: tuple[int, int], offset: int, end: int) -> int:
    found = connection.execute(
        "SELECT offset FROM records WHERE topic=? AND partition=? AND offset>=? ORDER BY offset LIMIT 1",
        (*place, offset),
    ).fetchone()
    return int(found[0]) if found else end

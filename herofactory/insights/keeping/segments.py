"""Observations in PostgreSQL: appended by agents, read and compacted by the keeper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from herofactory.insights.keeping.place import Place
from herofactory.insights.segment import Row, pack
from herofactory.platform.postgres.database import Connection

FEW_EVENTS = 10_000
"""A segment of fewer is small: reading many of them is slower than reading one."""
MANY_SEGMENTS = 16
"""So many small ones of one hour become one."""


@dataclass(frozen=True, slots=True)
class Segment:
    id: int
    events: int
    body: bytes


async def append(transaction: Connection, rows: Mapping[Place, Sequence[Row]]) -> None:
    async with transaction.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO observations (generation, kind, hour, shard, events, body) VALUES (%s, %s, %s, %s, %s, %b)",
            [(*place.key, len(within), pack(within)) for place, within in rows.items()],
        )


async def mark(transaction: Connection, due: Mapping[Place, datetime]) -> None:
    """The figures of these places must be made again, not before the given time."""
    async with transaction.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO observation_work AS work (generation, kind, hour, shard, due_at) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (generation, kind, hour, shard) DO UPDATE"
            " SET version = work.version + 1, due_at = least(work.due_at, excluded.due_at)",
            [(*place.key, due[place]) for place in sorted(due)],  # in one order, so that no two wait for each other
        )


async def load(transaction: Connection, place: Place) -> Sequence[Segment]:
    cursor = await transaction.execute(
        "SELECT id, events, body FROM observations"
        " WHERE generation = %s AND kind = %s AND hour = %s AND shard = %s ORDER BY id",
        place.key,
        binary=True,
    )
    return [Segment(row["id"], row["events"], row["body"]) for row in await cursor.fetchall()]


def small(segments: Iterable[Segment]) -> Sequence[Segment]:
    """Those to be replaced by one, if they are many."""
    found = [segment for segment in segments if segment.events < FEW_EVENTS]
    return found if len(found) >= MANY_SEGMENTS else ()


async def replace(transaction: Connection, place: Place, segments: Sequence[Segment], rows: Sequence[Row]) -> None:
    """`rows`: what `segments` hold, each event once."""
    await transaction.execute("DELETE FROM observations WHERE id = ANY(%s)", ([each.id for each in segments],))
    await append(transaction, {place: rows})

"""Simulated traffic taken out again: of the kept observations, so that the figures are made without it."""

from __future__ import annotations

import asyncio
from datetime import datetime

from herofactory.insights.keeping import segments
from herofactory.insights.keeping.place import Place
from herofactory.insights.keeping.segments import Segment
from herofactory.insights.rows import SIMULATED
from herofactory.insights.segment import Row, unpack
from herofactory.platform.postgres.database import Connection, Database

_PLACES = """SELECT DISTINCT generation, hour, shard FROM observations WHERE kind = 'search' ORDER BY 1, 2, 3"""


async def places(database: Database) -> list[Place]:
    """All that hold observations."""
    rows = await database.fetch(_PLACES)
    return [Place(row["generation"], "search", int(row["hour"].timestamp()), row["shard"]) for row in rows]


async def forget(database: Database, place: Place, now: datetime) -> int:
    """Of one place; returns how many events. Its figures are due then, and the keeper makes them again."""
    async with database.transaction() as transaction:
        held = await segments.load(transaction, place)
        gone = 0
        for segment in held:
            gone += await _forget_in(transaction, place, segment)
        if gone:
            await segments.mark(transaction, {place: now})
        return gone


async def forget_terms(database: Database) -> None:
    """What became of the missing terms of the simulation."""
    async with database.transaction() as transaction:
        await transaction.execute("DELETE FROM missing_terms WHERE simulated")


async def _forget_in(transaction: Connection, place: Place, segment: Segment) -> int:
    kept = await asyncio.to_thread(_real, segment.body)
    gone = segment.events - len(kept)
    if not gone:
        return 0
    cursor = await transaction.execute("DELETE FROM observations WHERE id = %s", (segment.id,))
    if not cursor.rowcount:
        return 0  # a keeper put it together with others meanwhile: the next turn finds those
    if kept:
        await segments.append(transaction, {place: kept})
    return gone


def _real(body: bytes) -> list[Row]:
    return [row for row in unpack(body) if not row[SIMULATED]]

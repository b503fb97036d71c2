"""Items like an item."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from herofactory.insights.figures.scope import Scope
from herofactory.insights.similar import looks, words
from herofactory.insights.similar.blend import LOOKS_MOST, Similar, blend, diverse
from herofactory.insights.similar.together import Pair, together
from herofactory.platform.postgres.database import Connection, Database
from herofactory.search.document import ItemDocument
from herofactory.search.port import SearchReader

MAX_SIMILAR = 50
_NEAREST_LOOKS = 50
_SPARE = 3
"""How many times as many are looked at as are asked for: some are not listed, some show the same picture."""


async def similar_items(
    database: Database, reader: SearchReader, scope: Scope, item_id: UUID, now: datetime, *, limit: int = 12
) -> list[Similar] | None:
    """The most similar first, at most `limit` (1..MAX_SIMILAR), only listed ones; None where the item is not listed.

    Raises SearchError where the index is away.
    """
    if not 1 <= limit <= MAX_SIMILAR:
        raise ValueError(f"limit is {limit}, not within 1..{MAX_SIMILAR}")
    async with database.connection() as connection:
        item = await _document(connection, item_id)
        if item is None:
            return None
        asked = asyncio.create_task(asyncio.to_thread(words.alike, reader, item))
        try:
            pairs, apart = await _observed(connection, scope, item_id, now)
        finally:
            alike = await asked
        found = blend(pairs, {UUID(id): score for id, score in alike.items()}, apart)
        return await _shown(connection, found[: limit * _SPARE + _NEAREST_LOOKS], limit)


async def _observed(
    connection: Connection, scope: Scope, item_id: UUID, now: datetime
) -> tuple[Sequence[Pair], Mapping[UUID, int]]:
    """Pairs of the item, and bits between its picture and others."""
    pairs = await together(connection, scope, item_id, now)
    look = (await looks.get(connection, [item_id])).get(item_id)
    if look is None:
        return pairs, {}
    near = await looks.nearest(connection, look, LOOKS_MOST - 1, _NEAREST_LOOKS)
    return pairs, {other.item_id: apart for other, apart in near}


async def _document(connection: Connection, item_id: UUID) -> ItemDocument | None:
    cursor = await connection.execute(
        "SELECT item_document(items)::text AS document FROM items WHERE id = %s AND status = 'approved'", (item_id,)
    )
    row = await cursor.fetchone()
    return ItemDocument.from_json(json.loads(row["document"])) if row else None


async def _shown(connection: Connection, found: Sequence[Similar], limit: int) -> list[Similar]:
    item_ids = [each.item_id for each in found]
    cursor = await connection.execute("SELECT id FROM items WHERE id = ANY(%s) AND status = 'approved'", (item_ids,))
    listed = {row["id"] for row in await cursor.fetchall()}
    pictures = await looks.get(connection, item_ids)
    return diverse([each for each in found if each.item_id in listed], pictures, limit)

"""Images that nothing shows: uploads that nobody used, pictures of deleted items."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from herofactory.assets.store import AssetStore
from herofactory.platform.postgres.database import Connection, Database

UNUSED_AFTER = timedelta(days=7)
"""How long an upload waits to be used."""
BYTES_AFTER = timedelta(days=1)
"""How much longer the bytes stay: for whoever still has a page open that shows them."""
_BATCH = 500
_FORGOTTEN = """
WITH unused AS (
    SELECT id FROM assets
    WHERE created_at < %s
    AND NOT EXISTS (SELECT FROM items WHERE image_id = assets.id)
    AND NOT EXISTS (SELECT FROM prompts WHERE sketch_id = assets.id)
    AND NOT EXISTS (SELECT FROM generations WHERE sketch_id = assets.id)
    AND NOT EXISTS (SELECT FROM generation_assets WHERE asset_id = assets.id)
    ORDER BY created_at LIMIT %s FOR UPDATE SKIP LOCKED
), gone AS (DELETE FROM assets USING unused WHERE assets.id = unused.id RETURNING sha256)
INSERT INTO asset_leftovers (sha256, since) SELECT DISTINCT sha256, %s::timestamptz FROM gone
ON CONFLICT (sha256) DO UPDATE SET since = excluded.since
"""


async def forget(transaction: Connection, now: datetime) -> int:
    """Rows that nothing points to any more, some hundreds at a time; how many contents they had."""
    cursor = await transaction.execute(_FORGOTTEN, (now - UNUSED_AFTER, _BATCH, now))
    return cursor.rowcount


async def discard(database: Database, store: AssetStore, now: datetime) -> int:
    """Their bytes, once no row of anybody points to them; how many. Raises what the store raises."""
    async with database.transaction() as transaction:
        await transaction.execute(
            "DELETE FROM asset_leftovers USING assets WHERE assets.sha256 = asset_leftovers.sha256"
        )
    waiting = await database.fetch(
        "SELECT sha256, since FROM asset_leftovers WHERE since < %s ORDER BY since LIMIT %s", now - BYTES_AFTER, _BATCH
    )
    discarded = 0
    for row in waiting:
        discarded += await asyncio.to_thread(store.discard, row["sha256"], row["since"])
        async with database.connection() as connection:
            await connection.execute("DELETE FROM asset_leftovers WHERE sha256 = %s", (row["sha256"],))
    return discarded

"""Answers that no policy will ever judge by: on content that no item has any more."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from herofactory.moderation.answers import QUESTION_DIGITS
from herofactory.moderation.subject import hash_of
from herofactory.platform.postgres.database import Connection, Database

KEPT = timedelta(days=30)
"""Whatever becomes of the item: what is put up again soon is not paid for again."""
_PAGE = 500
_BEFORE_ALL = UUID(int=0)
_OFFERED = f"""
SELECT items.id, name, description, category, tags, assets.sha256 AS image
  FROM items LEFT JOIN assets ON assets.id = items.image_id WHERE items.id > %s ORDER BY items.id LIMIT {_PAGE}"""
_FORGET = f"""
DELETE FROM moderation_answers WHERE created_at < %s
   AND NOT EXISTS (SELECT FROM offered WHERE offered.content = left(key, -{QUESTION_DIGITS}))"""


async def forget(database: Database, now: datetime) -> int:
    """How many. Reads all items where there are old answers at all.

    An item that comes to old content just then is asked about once more; no other is.
    """
    old = await database.fetch("SELECT FROM moderation_answers WHERE created_at < %s LIMIT 1", now - KEPT)
    if not old:
        return 0
    async with database.transaction() as transaction:
        await transaction.execute("CREATE TEMPORARY TABLE offered (content text NOT NULL) ON COMMIT DROP")
        async for contents in _offered(transaction):
            await transaction.execute("INSERT INTO offered SELECT * FROM unnest(%s::text[])", (contents,))
        await transaction.execute("ANALYZE offered")
        return (await transaction.execute(_FORGET.encode(), (now - KEPT,))).rowcount


async def _offered(transaction: Connection) -> AsyncIterator[Sequence[str]]:
    """Pages of what items are now."""
    after = _BEFORE_ALL
    while rows := await (await transaction.execute(_OFFERED.encode(), (after,))).fetchall():
        yield [hash_of(row["name"], row["description"], row["category"], row["tags"], row["image"]) for row in rows]
        after = rows[-1]["id"]

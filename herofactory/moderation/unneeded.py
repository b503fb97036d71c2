"""Answers of providers and verdicts made of them that nobody will ask for: on content that no item has any more."""

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
_OLD = """
SELECT FROM moderation_answers WHERE created_at < %(before)s
 UNION ALL SELECT FROM moderation_cache WHERE created_at < %(before)s LIMIT 1"""
_FORGET_ANSWERS = f"""
DELETE FROM moderation_answers WHERE created_at < %(before)s
   AND NOT EXISTS (SELECT FROM offered WHERE offered.content = left(key, -{QUESTION_DIGITS}))"""
# A key of the cache is a hash of policy and content (`cache_key`): whatever a policy may have made of what is offered
# stays, whichever it is.
_FORGET_VERDICTS = """
DELETE FROM moderation_cache WHERE created_at < %(before)s
   AND NOT EXISTS (
       SELECT FROM (SELECT encode(sha256(convert_to(policy, 'UTF8') || '\\x00' || convert_to(content, 'UTF8')), 'hex')
                           AS key
                      FROM offered, (SELECT DISTINCT verdict ->> 'policy' AS policy FROM moderation_cache) AS policies
                   ) AS judged
        WHERE judged.key = moderation_cache.key)"""


async def forget(database: Database, now: datetime) -> int:
    """How many. Reads all items where there is anything old at all.

    An item that comes to old content just then is asked about once more; no other is.
    """
    old = {"before": now - KEPT}
    async with database.transaction() as transaction:
        if await (await transaction.execute(_OLD, old)).fetchone() is None:
            return 0
        await transaction.execute("CREATE TEMPORARY TABLE offered (content text NOT NULL) ON COMMIT DROP")
        async for contents in _offered(transaction):
            await transaction.execute("INSERT INTO offered SELECT * FROM unnest(%s::text[])", (contents,))
        await transaction.execute("ANALYZE offered")
        answers = await transaction.execute(_FORGET_ANSWERS.encode(), old)
        verdicts = await transaction.execute(_FORGET_VERDICTS, old)
        return answers.rowcount + verdicts.rowcount


async def _offered(transaction: Connection) -> AsyncIterator[Sequence[str]]:
    """Pages of what items are now."""
    after = _BEFORE_ALL
    while rows := await (await transaction.execute(_OFFERED.encode(), (after,))).fetchall():
        yield [hash_of(row["name"], row["description"], row["category"], row["tags"], row["image"]) for row in rows]
        after = rows[-1]["id"]

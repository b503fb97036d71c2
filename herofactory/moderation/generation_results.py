"""Verdicts of a generation that a replay made, under another policy: of each item the one on its newest content."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from herofactory.moderation.results import LAST_DECIDED, TARGET, Result, lock_in_use, values
from herofactory.moderation.verdict import Verdict
from herofactory.platform.postgres.database import Database

# A verdict on an older content never takes the place of one on a newer.
_KEEP = f"""
INSERT INTO moderation_verdicts AS kept (generation, item_id, content_revision, event_id, verdict, decided_at)
VALUES (%(generation)s, %(item_id)s, %(content_revision)s, %(event_id)s, %(verdict)s, {LAST_DECIDED})
ON CONFLICT (item_id, generation) DO UPDATE
   SET (content_revision, event_id, verdict, decided_at) =
       (SELECT content_revision, event_id, verdict, decided_at
          FROM (VALUES (kept.content_revision, kept.event_id, kept.verdict, kept.decided_at, 1),
                       (excluded.content_revision, excluded.event_id, excluded.verdict, excluded.decided_at, 0))
               AS either (content_revision, event_id, verdict, decided_at, first)
         ORDER BY content_revision DESC, first DESC LIMIT 1)
RETURNING content_revision, verdict, decided_at
"""


class GenerationResults:
    """`Results` of a generation after the first."""

    def __init__(self, database: Database, generation: int) -> None:
        self._database = database
        self._generation = generation

    async def wanted(self, item_id: UUID, content_revision: int) -> bool:
        """Not what nobody can see any more: of an item that is gone, or was changed since."""
        row = await self._database.fetch_one(
            "SELECT FROM items WHERE id = %s AND content_revision <= %s", item_id, content_revision
        )
        return row is not None

    async def get(self, _event_id: UUID, item_id: UUID, content_revision: int) -> Result | None:
        row = await self._database.fetch_one(
            "SELECT verdict, decided_at, active AS in_use FROM moderation_verdicts"
            " JOIN target_generations USING (generation)"
            " WHERE item_id = %s AND generation = %s AND content_revision = %s AND target = %s",
            item_id,
            self._generation,
            content_revision,
            TARGET,
        )
        return Result(Verdict.from_json(row["verdict"]), row["decided_at"], row["in_use"]) if row else None

    async def keep(
        self, event_id: UUID, item_id: UUID, content_revision: int, verdict: Verdict, decided_at: datetime
    ) -> Result:
        """Told only where this content is still the newest that was judged."""
        async with self._database.transaction() as transaction:
            in_use = await lock_in_use(transaction, self._generation)
            cursor = await transaction.execute(
                _KEEP.encode(), values(self._generation, event_id, item_id, content_revision, verdict, decided_at)
            )
            row = await cursor.fetchone()
        assert row is not None
        newest = row["content_revision"] == content_revision
        return Result(Verdict.from_json(row["verdict"]), row["decided_at"], in_use and newest)

"""Verdicts under the event that asked for them: a repeat or a replay is answered from here and never paid twice."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.types.json import Jsonb

from herofactory.moderation.verdict import Verdict
from herofactory.platform.postgres.database import Database, Row
from herofactory.platform.postgres.known import known_events


@dataclass(frozen=True, slots=True)
class Result:
    verdict: Verdict
    decided_at: datetime


class ModerationResults:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, event_id: UUID) -> Result | None:
        row = await self._database.fetch_one(
            "SELECT verdict, decided_at FROM moderation_results WHERE event_id = %s", event_id
        )
        return _result(row) if row else None

    async def known(self, event_ids: Collection[UUID]) -> Collection[UUID]:
        """Those of them that were judged."""
        return await known_events(self._database, "moderation_results", event_ids)

    async def keep(
        self, event_id: UUID, item_id: UUID, content_revision: int, verdict: Verdict, decided_at: datetime
    ) -> Result:
        """Durable when it returns. Where two workers judged the same event, both get the verdict that came first."""
        row = await self._database.fetch_one(
            """INSERT INTO moderation_results AS kept (event_id, item_id, content_revision, verdict, decided_at)
               VALUES (%s, %s, %s, %s, %s) ON CONFLICT (event_id) DO UPDATE SET event_id = kept.event_id
               RETURNING verdict, decided_at""",
            event_id,
            item_id,
            content_revision,
            Jsonb(verdict.to_json()),
            decided_at,
        )
        assert row is not None
        return _result(row)


def _result(row: Row) -> Result:
    return Result(Verdict.from_json(row["verdict"]), row["decided_at"])

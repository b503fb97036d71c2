"""Verdicts under the event that asked for them: a repeat or a replay is answered from here and never paid twice."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from psycopg.types.json import Jsonb

from herofactory.moderation.verdict import Verdict
from herofactory.platform.postgres.database import Connection, Database, Row
from herofactory.platform.postgres.known import known_events
from herofactory.platform.replay import generations

TARGET = "moderation"
"""Its name among the targets of replays."""


@dataclass(frozen=True, slots=True)
class Result:
    verdict: Verdict
    decided_at: datetime
    in_use: bool = True
    """Whether verdicts of this generation count; of any other they are only kept."""


class Results(Protocol):
    """Of one generation."""

    async def wanted(self, item_id: UUID, content_revision: int) -> bool:
        """Whether this content is to be judged."""

    async def get(self, event_id: UUID, item_id: UUID, content_revision: int) -> Result | None: ...

    async def keep(
        self, event_id: UUID, item_id: UUID, content_revision: int, verdict: Verdict, decided_at: datetime
    ) -> Result:
        """Durable when it returns. Where two workers judged the same content, both get the verdict that came first.

        It is decided later than any other generation's verdict on this content, whatever the clocks of hosts say: the
        one that is in use is told last, and so it wins.
        """


class ModerationResults:
    """Of the first generation, by event."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def wanted(self, _item_id: UUID, _content_revision: int) -> bool:
        """Every one: what happened is told of each event."""
        return True

    async def get(self, event_id: UUID, _item_id: UUID, _content_revision: int) -> Result | None:
        row = await self._database.fetch_one(
            f"SELECT verdict, decided_at, {_IN_USE} AS in_use FROM moderation_results WHERE event_id = %s", event_id
        )
        return _result(row) if row else None

    async def known(self, event_ids: Collection[UUID]) -> Collection[UUID]:
        """Those of them that were judged."""
        return await known_events(self._database, "moderation_results", event_ids)

    async def keep(
        self, event_id: UUID, item_id: UUID, content_revision: int, verdict: Verdict, decided_at: datetime
    ) -> Result:
        async with self._database.transaction() as transaction:
            in_use = await lock_in_use(transaction, generations.FIRST)
            cursor = await transaction.execute(
                f"""INSERT INTO moderation_results AS kept (event_id, item_id, content_revision, verdict, decided_at)
                   VALUES (%(event_id)s, %(item_id)s, %(content_revision)s, %(verdict)s, {LAST_DECIDED})
                   ON CONFLICT (event_id) DO UPDATE SET event_id = kept.event_id
                   RETURNING verdict, decided_at, %(in_use)s AS in_use""".encode(),
                values(generations.FIRST, event_id, item_id, content_revision, verdict, decided_at)
                | {"in_use": in_use},
            )
            row = await cursor.fetchone()
        assert row is not None
        return _result(row)


async def lock_in_use(transaction: Connection, generation: int) -> bool:
    """Whether it is the one in use, and stays so (or not) until `transaction` ends: a swap waits for it, and then finds
    what it stored."""
    cursor = await transaction.execute(
        "SELECT active FROM target_generations WHERE target = %s AND generation = %s FOR SHARE", (TARGET, generation)
    )
    row = await cursor.fetchone()
    return bool(row["active"]) if row else generation == generations.FIRST


def values(
    generation: int, event_id: UUID, item_id: UUID, content_revision: int, verdict: Verdict, decided_at: datetime
) -> dict[str, Any]:
    return {
        "generation": generation,
        "event_id": event_id,
        "item_id": item_id,
        "content_revision": content_revision,
        "verdict": Jsonb(verdict.to_json()),
        "decided_at": decided_at,
    }


_IN_USE = f"""coalesce((SELECT active FROM target_generations
               WHERE target = '{TARGET}' AND generation = {generations.FIRST}), true)"""
LAST_DECIDED = f"""greatest(%(decided_at)s::timestamptz,
    (SELECT max(decided_at) + interval '1 microsecond' FROM moderation_verdicts AS other
      WHERE other.item_id = %(item_id)s AND other.content_revision = %(content_revision)s
        AND other.generation <> %(generation)s),
    (SELECT max(decided_at) + interval '1 microsecond' FROM moderation_results AS other
      WHERE other.item_id = %(item_id)s AND other.content_revision = %(content_revision)s
        AND %(generation)s <> {generations.FIRST}),
    (SELECT (verdict ->> 'decided_at')::timestamptz + interval '1 microsecond' FROM items
      WHERE id = %(item_id)s AND content_revision = %(content_revision)s
        AND verdict_provider IS DISTINCT FROM 'moderator'))"""
"""SQL: when a verdict is decided, so that it ranks above what others said of the same content."""


def _result(row: Row) -> Result:
    return Result(Verdict.from_json(row["verdict"]), row["decided_at"], row["in_use"])

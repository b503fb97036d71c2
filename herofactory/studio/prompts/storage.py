"""Drafts under what was asked, and results under the event that asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from psycopg.types.json import Jsonb

from herofactory.platform.postgres.database import Connection, Database, Row
from herofactory.studio.prompts.draft import Draft
from herofactory.studio.prompts.optimised import Optimised

CACHED = timedelta(days=90)
"""How long a draft answers the same wish."""
REPEATED = timedelta(days=31)
"""How long a result is kept for repeats of its event: a day longer than prompt.requested keeps that."""


class PromptCache(Protocol):
    """Keys are 64 hex digits (`wish.cache_key`)."""

    async def get(self, key: str) -> Draft | None: ...

    async def put(self, key: str, draft: Draft) -> None: ...


class PostgresPromptCache:
    """A `PromptCache`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, key: str) -> Draft | None:
        row = await self._database.fetch_one("SELECT result FROM prompt_cache WHERE key = %s", key)
        try:
            return Draft.from_json(row["result"]) if row else None
        except (KeyError, TypeError):  # written by another version, or damaged: made anew
            return None

    async def put(self, key: str, draft: Draft) -> None:
        async with self._database.connection() as connection:
            await connection.execute(
                """INSERT INTO prompt_cache (key, result) VALUES (%s, %s)
                   ON CONFLICT (key) DO UPDATE SET result = excluded.result""",
                (key, Jsonb(draft.to_json())),
            )


@dataclass(frozen=True, slots=True)
class Kept:
    optimised: Optimised
    decided_at: datetime


class PromptResults:
    """A repeat or a replay of an event is answered from here, and nobody is asked again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, event_id: UUID) -> Kept | None:
        row = await self._database.fetch_one(
            "SELECT result, decided_at FROM prompt_results WHERE event_id = %s", event_id
        )
        return _kept(row) if row else None

    async def keep(self, event_id: UUID, prompt_id: UUID, optimised: Optimised, decided_at: datetime) -> Kept:
        """Durable when it returns. Where two workers made one, both get the one that came first."""
        row = await self._database.fetch_one(
            """INSERT INTO prompt_results AS kept (event_id, prompt_id, result, decided_at) VALUES (%s, %s, %s, %s)
               ON CONFLICT (event_id) DO UPDATE SET event_id = kept.event_id RETURNING result, decided_at""",
            event_id,
            prompt_id,
            Jsonb(optimised.to_json()),
            decided_at,
        )
        assert row is not None
        return _kept(row)


def _kept(row: Row) -> Kept:
    return Kept(Optimised.from_json(row["result"]), row["decided_at"])


async def sweep(transaction: Connection) -> None:
    await transaction.execute("DELETE FROM prompt_cache WHERE created_at < now() - %s", (CACHED,))
    await transaction.execute("DELETE FROM prompt_results WHERE decided_at < now() - %s", (REPEATED,))

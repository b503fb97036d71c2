"""Which events already have a stored result."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal
from uuid import UUID

from herofactory.platform.postgres.database import Database

Results = Literal["moderation_results", "prompt_results"]
"""Tables of results, each keyed by `event_id`."""


async def known_events(database: Database, table: Results, event_ids: Collection[UUID]) -> Collection[UUID]:
    rows = await database.fetch(f"SELECT event_id FROM {table} WHERE event_id = ANY(%s)", list(event_ids))
    return {row["event_id"] for row in rows}

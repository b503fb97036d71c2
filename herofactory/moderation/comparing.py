"""What a generation of verdicts holds, and what people would see change with another in its place."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID

from herofactory.moderation.results import TARGET
from herofactory.moderation.verdicts_of import FREE, differs, verdict_of
from herofactory.platform.postgres.database import Database
from herofactory.platform.replay import generations
from herofactory.platform.replay.target import Entry

PAGE = 2_000
_NOTHING = b"no verdict"
_BEFORE_ALL = UUID(int=0)


async def entries(database: Database, generation: int) -> AsyncIterator[Entry]:
    """Of every item its newest content with the verdict on it; of a generation that is not in use only those that it
    judged, so that what it lacks is seen as missing. In the order of their ids."""
    async with database.connection() as connection:
        in_use = await generations.active(connection, TARGET) == generation
    query = f"""SELECT items.id, items.content_revision, kept.verdict FROM items
                  LEFT JOIN LATERAL {verdict_of(generation)} AS kept ON true
                 WHERE items.id > %s {"" if in_use else "AND kept.verdict IS NOT NULL"}
                 ORDER BY items.id LIMIT {PAGE}"""
    after = _BEFORE_ALL
    while rows := await database.fetch(query, after):
        for row in rows:
            yield Entry(str(row["id"]), str(row["id"]), row["content_revision"], digest(row["verdict"]))
        after = rows[-1]["id"]


def digest(verdict: Mapping[str, Any] | None) -> bytes:
    """Of what people see of it."""
    if verdict is None:
        return _NOTHING
    shown = [verdict["decision"], verdict["reasons"], verdict["tags"]]
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).digest()


async def changes(database: Database, new: int) -> Mapping[str, int]:
    """`approved -> rejected` and the like, to how many rows; what only reads otherwise as `approved, other words`.
    Those a moderator decided stay, and are no change."""
    rows = await database.fetch(
        f"""SELECT items.status AS before, fresh.verdict ->> 'decision' AS after, count(*) AS rows
              FROM items CROSS JOIN LATERAL {verdict_of(new)} AS fresh
             WHERE {FREE} AND {differs("fresh.verdict")} GROUP BY 1, 2 ORDER BY 1, 2"""
    )
    found = {_name(row["before"], row["after"]): int(row["rows"]) for row in rows}
    decided = await database.fetch_one(
        f"""SELECT count(*) AS rows FROM items CROSS JOIN LATERAL {verdict_of(new)} AS fresh
             WHERE NOT ({FREE}) AND {differs("fresh.verdict")}"""
    )
    assert decided is not None
    return found | ({"kept: a moderator decided": int(decided["rows"])} if decided["rows"] else {})


def _name(before: str, after: str) -> str:
    return f"{before}, other words" if before == after else f"{before} -> {after}"

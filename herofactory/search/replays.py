"""What the search index has to know of its replays: which place is the one in use, and whether two are being kept."""

from __future__ import annotations

import psycopg

from herofactory.search.places import FIRST

TARGET = "search-index"


def is_active(connection: psycopg.Connection, place: str) -> bool:
    """By the table of generations; the first place where it says nothing."""
    row = connection.execute(
        "SELECT active FROM target_generations WHERE target = %s AND place = %s", (TARGET, place)
    ).fetchone()
    return bool(row[0]) if row else place == FIRST and not _is_listed(connection)


async def open_one(connection: psycopg.AsyncConnection) -> str | None:
    """Why no place may be rebuilt by hand just now: two are being compared, or kept side by side."""
    cursor = await connection.execute(
        "SELECT id, state FROM replays WHERE target = %s"
        " AND state NOT IN ('requested', 'refused', 'planned', 'cleaned') ORDER BY id LIMIT 1",
        (TARGET,),
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    return f"replay {row[0]} of the search index is {row[1]}; end it with `hero replay clean {row[0]}` first"


def _is_listed(connection: psycopg.Connection) -> bool:
    return connection.execute("SELECT FROM target_generations WHERE target = %s", (TARGET,)).fetchone() is not None

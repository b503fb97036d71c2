"""Generations of figures: one is read, another may be made beside it."""

from __future__ import annotations

from herofactory.platform.postgres.database import Connection

_TABLES = (
    "observations",
    "observation_work",
    "term_buckets",
    "item_buckets",
    "quality_buckets",
    "pair_buckets",
    "term_days",
    "item_days",
    "day_work",
    "traffic_buckets",
)


async def active(connection: Connection) -> int:
    """The one that is read and written. Inside a transaction it stays so until the end."""
    cursor = await connection.execute("SELECT generation FROM insight_generations WHERE active FOR SHARE")
    row = await cursor.fetchone()
    if row is None:
        raise LookupError("no generation of figures is active; `activate` one")
    return int(row["generation"])


async def create(connection: Connection) -> int:
    """A new, empty one, that is not read yet."""
    cursor = await connection.execute(
        "INSERT INTO insight_generations (generation)"
        " SELECT coalesce(max(generation), 0) + 1 FROM insight_generations RETURNING generation"
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row["generation"])


async def activate(connection: Connection, generation: int) -> None:
    """Read `generation` from now on. In a transaction. Raises LookupError."""
    await connection.execute("UPDATE insight_generations SET active = false WHERE active")
    cursor = await connection.execute(
        "UPDATE insight_generations SET active = true WHERE generation = %s", (generation,)
    )
    if not cursor.rowcount:
        raise LookupError(f"there is no generation {generation} of figures")


async def drop(connection: Connection, generation: int) -> None:
    """Delete all of it. In a transaction. Raises ValueError for the active one."""
    if generation == await active(connection):
        raise ValueError(f"generation {generation} of figures is being read; activate another one first")
    for table in _TABLES:
        await connection.execute(f"DELETE FROM {table} WHERE generation = %s".encode(), (generation,))
    await connection.execute("DELETE FROM insight_generations WHERE generation = %s", (generation,))

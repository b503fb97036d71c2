"""The table of generations: which there are of each target, which is in use, which the worker keeps at the live end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from herofactory.platform.postgres.database import Connection

FIRST = 1


class Generation(NamedTuple):
    target: str
    number: int
    place: str
    state: Literal["filling", "following", "dropping"]
    active: bool


async def of(connection: Connection, target: str | None = None) -> Sequence[Generation]:
    """Of one target or of all, oldest first; none of a target that was never replayed."""
    cursor = await connection.execute(
        "SELECT target, generation, place, state, active FROM target_generations"
        " WHERE %s::text IS NULL OR target = %s ORDER BY target, generation",
        (target, target),
    )
    return [
        Generation(row["target"], row["generation"], row["place"], row["state"], row["active"])
        for row in await cursor.fetchall()
    ]


async def active(connection: Connection, target: str) -> int:
    """The number in use; FIRST of a target that was never replayed."""
    cursor = await connection.execute(
        "SELECT generation FROM target_generations WHERE target = %s AND active", (target,)
    )
    row = await cursor.fetchone()
    return int(row["generation"]) if row else FIRST


async def adopt(transaction: Connection, target: str, place: str) -> None:
    """Write down the first generation, as it is kept in `place` now. Idempotent."""
    await transaction.execute(
        "INSERT INTO target_generations (target, generation, place, state, active)"
        " VALUES (%s, %s, %s, 'following', true) ON CONFLICT DO NOTHING",
        (target, FIRST, place),
    )


async def next_number(transaction: Connection, target: str) -> int:
    """Never one that was used before: groups and tables of an old replay cannot be taken for new ones. Call it in the
    transaction that writes the replay down, after `adopt`."""
    cursor = await transaction.execute(
        "SELECT greatest((SELECT max(generation) FROM target_generations WHERE target = %s),"
        " (SELECT max(generation) FROM replays WHERE target = %s)) + 1 AS number",
        (target, target),
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row["number"])


async def add(transaction: Connection, target: str, generation: int, place: str) -> None:
    """Being filled, not in use. Idempotent. `place`: "" until it is made, so that it can be deleted however little of
    it there is."""
    await transaction.execute(
        "INSERT INTO target_generations AS known (target, generation, place, state) VALUES (%s, %s, %s, 'filling')"
        " ON CONFLICT (target, generation) DO UPDATE SET place = excluded.place WHERE known.place = ''",
        (target, generation, place),
    )


async def follow(transaction: Connection, target: str, generation: int) -> None:
    """From now on the worker keeps it at the live end."""
    await transaction.execute(
        "UPDATE target_generations SET state = 'following' WHERE target = %s AND generation = %s", (target, generation)
    )


async def activate(transaction: Connection, target: str, generation: int) -> None:
    """Raises LookupError."""
    await transaction.execute("UPDATE target_generations SET active = false WHERE target = %s AND active", (target,))
    cursor = await transaction.execute(
        "UPDATE target_generations SET active = true WHERE target = %s AND generation = %s", (target, generation)
    )
    if not cursor.rowcount:
        raise LookupError(f"{target} has no generation {generation}")


async def replay_of(connection: Connection, target: str, generation: int) -> str | None:
    """The id of the replay that made it; None of the first one."""
    cursor = await connection.execute(
        "SELECT id FROM replays WHERE target = %s AND generation = %s", (target, generation)
    )
    row = await cursor.fetchone()
    return str(row["id"]) if row else None


async def mark(transaction: Connection, target: str, generation: int) -> None:
    """All events that the transaction tells from now on name the replay that made it: they are no traffic."""
    replay_id = await replay_of(transaction, target, generation)
    await transaction.execute("SELECT set_config('herofactory.replay_id', %s, true)", (replay_id or "",))


async def leave(transaction: Connection, target: str, generation: int) -> None:
    """Nobody writes to it any more, so that it can be dropped. Not the one in use: that changes nothing."""
    await transaction.execute(
        "UPDATE target_generations SET state = 'dropping' WHERE target = %s AND generation = %s AND NOT active",
        (target, generation),
    )


async def remove(transaction: Connection, target: str, generation: int) -> None:
    """Not the one in use: that changes nothing."""
    await transaction.execute(
        "DELETE FROM target_generations WHERE target = %s AND generation = %s AND NOT active", (target, generation)
    )

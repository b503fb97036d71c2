"""Lines of parked keys in PostgreSQL, where they survive restarts and several workers share them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from herofactory.platform.delivery.origin import agent_of
from herofactory.platform.delivery.parked import Joined, Place, in_line, joining
from herofactory.platform.eventlog.port import Position
from herofactory.platform.postgres.database import Connection, Database

_COLUMNS = 'topic, partition, "offset"'


class PostgresParkedKeys:
    """`ParkedKeys`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def among(self, agent: str, keys: Collection[bytes]) -> Mapping[bytes, Sequence[Position]]:
        async with self._database.connection() as connection:
            cursor = await connection.execute(
                f"SELECT key, {_COLUMNS}, sent FROM parked_keys WHERE agent = %s AND key = ANY(%s)"
                " ORDER BY arrived".encode(),
                (agent, list(keys)),
            )
            lines: dict[bytes, list[Place]] = {}
            for row in await cursor.fetchall():
                lines.setdefault(bytes(row["key"]), []).append(_place(row))
        return {key: [place.at for place in in_line(line)] for key, line in lines.items()}

    async def park(self, agent: str, key: bytes, at: Position) -> None:
        async with self._database.transaction() as transaction:
            await hold(transaction, agent, [key])
            await _add(transaction, agent, key, at, sent=False)
            await _unsend(transaction, agent, key)

    async def join(self, agent: str, key: bytes, at: Position) -> Joined:
        async with self._database.transaction() as transaction:
            await hold(transaction, agent, [key])
            arrived = await _line(transaction, agent, key)
            joined, places = joining(arrived, at)
            mine = next((place for place in places if place.at == at), None)
            if mine:
                await _add(transaction, agent, key, at, sent=mine.sent)
            return joined

    async def stay(self, agent: str, key: bytes) -> None:
        async with self._database.transaction() as transaction:
            await hold(transaction, agent, [key])
            await _unsend(transaction, agent, key)

    async def passed(self, agent: str, places: Collection[tuple[bytes, Position]]) -> None:
        async with self._database.connection() as connection:
            await connection.execute(
                f"DELETE FROM parked_keys WHERE agent = %s AND (key, {_COLUMNS}) IN (SELECT * FROM"
                " unnest(%s::bytea[], %s::text[], %s::int[], %s::bigint[]))".encode(),
                (agent, [key for key, _ in places], *_arrays([at for _, at in places])),
            )


async def forget(transaction: Connection, agents: Collection[str]) -> None:
    """All lines of generations, by label, that nobody follows any more."""
    await transaction.execute("DELETE FROM parked_keys WHERE agent = ANY(%s)", (list(agents),))


async def hold(transaction: Connection, agent: str, keys: Collection[bytes]) -> None:
    """Until the transaction ends nobody joins the lines of `keys`, in any generation of the agent."""
    name = agent_of(agent)
    for key in sorted(keys):  # always in this order, so that two who hold several never wait for each other
        await transaction.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 20_007))", (f"{name}/{key.hex()}",)
        )


async def line_of(transaction: Connection, agent: str, key: bytes) -> Sequence[Position]:
    return [place.at for place in in_line(await _line(transaction, agent, key))]


async def mark_sent(transaction: Connection, agent: str, key: bytes, places: Sequence[Position]) -> None:
    await transaction.execute(
        f"UPDATE parked_keys SET sent = true WHERE agent = %s AND key = %s AND ({_COLUMNS}) IN"
        " (SELECT * FROM unnest(%s::text[], %s::int[], %s::bigint[]))".encode(),
        (agent, key, *_arrays(places)),
    )


async def _line(transaction: Connection, agent: str, key: bytes) -> list[Place]:
    cursor = await transaction.execute(
        f"SELECT {_COLUMNS}, sent FROM parked_keys WHERE agent = %s AND key = %s ORDER BY arrived".encode(),
        (agent, key),
    )
    return [_place(row) for row in await cursor.fetchall()]


async def _add(transaction: Connection, agent: str, key: bytes, at: Position, *, sent: bool) -> None:
    await transaction.execute(
        f"INSERT INTO parked_keys (agent, key, {_COLUMNS}, sent) VALUES (%s, %s, %s, %s, %s, %s)"
        f" ON CONFLICT (agent, key, {_COLUMNS}) DO UPDATE SET sent = excluded.sent".encode(),
        (agent, key, at.topic, at.partition, at.offset, sent),
    )


async def _unsend(transaction: Connection, agent: str, key: bytes) -> None:
    await transaction.execute(
        "UPDATE parked_keys SET sent = false WHERE agent = %s AND key = %s AND sent", (agent, key)
    )


def _place(row: Mapping[str, Any]) -> Place:
    return Place(Position(row["topic"], row["partition"], row["offset"]), row["sent"])


def _arrays(places: Sequence[Position]) -> tuple[list[str], list[int], list[int]]:
    return [at.topic for at in places], [at.partition for at in places], [at.offset for at in places]

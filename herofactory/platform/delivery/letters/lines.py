"""Dead letters in the order in which their key's line wants them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from herofactory.platform.delivery.letters.held import PAGE
from herofactory.platform.delivery.letters.letter import COLUMNS, Letter
from herofactory.platform.eventlog.port import Position
from herofactory.platform.postgres.database import Connection

_WAITING = "agent = %s AND key = %s AND ordered AND (state = 'open' OR state = 'redriven' AND %s)"


class Line(NamedTuple):
    agent: str
    key: bytes
    places: Sequence[Position]
    again: bool
    """Those that are on their way are sent once more."""


async def waiting_in_line(transaction: Connection, line: Line, start: int | None) -> Sequence[Letter]:
    """The letters of a page of the line, in its order; None: those that are in no line."""
    places = line.places[start : start + PAGE] if start is not None else line.places
    arrays = [at.topic for at in places], [at.partition for at in places], [at.offset for at in places]
    cursor = await transaction.execute(
        f'SELECT {COLUMNS} FROM dead_letters WHERE {_WAITING} AND (topic, partition, "offset")'
        f" {'NOT IN' if start is None else 'IN'} (SELECT * FROM unnest(%s::text[], %s::int[], %s::bigint[]))"
        " ORDER BY id".encode(),
        (line.agent, line.key, line.again, *arrays),
    )
    turn = {at: number for number, at in enumerate(places)}
    letters = [Letter.of(row) for row in await cursor.fetchall()]
    return sorted(letters, key=lambda letter: turn.get(letter.position, 0))


async def waiting(transaction: Connection, line: Line) -> int:
    """How many letters of the key wait."""
    cursor = await transaction.execute(
        f"SELECT count(*) AS letters FROM dead_letters WHERE {_WAITING}".encode(), (line.agent, line.key, line.again)
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row["letters"])


async def forget_dropped(transaction: Connection, agent: str, key: bytes) -> None:
    """A letter that was dropped while its event came again may have been given a place once more."""
    await transaction.execute(
        """DELETE FROM parked_keys parked USING dead_letters letter
            WHERE parked.agent = %(agent)s AND parked.key = %(key)s
              AND letter.agent = %(agent)s AND letter.state = 'dropped'
              AND (letter.topic, letter.partition, letter."offset")
                  = (parked.topic, parked.partition, parked."offset")""",
        {"agent": agent, "key": key},
    )

"""The table of dead letters: lists, counts, decisions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from herofactory.platform.delivery.dead_letter import DEAD_PREFIX
from herofactory.platform.delivery.letters.filter import LetterFilter, State, parse_name
from herofactory.platform.delivery.letters.letter import COLUMNS, Letter
from herofactory.platform.delivery.parked_postgres import hold
from herofactory.platform.postgres.database import Connection, Database

DROP_PAGE = 1_000
"""Letters dropped in one transaction."""


async def page(
    connection: Connection, wanted: LetterFilter, *, after: int = 0, limit: int, locked: bool = False
) -> Sequence[Letter]:
    """In the order they were written per agent, from behind `Letter.id` on. Raises ValueError for a bad name.

    `locked`: until the transaction ends nobody else decides on them; those on which somebody decides are left out.
    """
    condition, parameters = wanted.where()
    cursor = await connection.execute(
        f"SELECT {COLUMNS} FROM dead_letters WHERE {condition} AND id > %s ORDER BY id LIMIT %s"
        f"{' FOR UPDATE SKIP LOCKED' if locked else ''}".encode(),
        (*parameters, after, limit),
    )
    return [Letter.of(row) for row in await cursor.fetchall()]


async def get(connection: Connection, name: str) -> Letter:
    """By its name. Raises LookupError and ValueError."""
    parse_name(name)
    found = await page(connection, LetterFilter(names=(name,)), limit=1)
    if not found:
        raise LookupError(f"there is no dead letter {name!r}; `hero dlq list --state all` shows those there are")
    return found[0]


async def open_counts(connection: Connection) -> Mapping[str, int]:
    """By label; those without any are missing."""
    cursor = await connection.execute(
        "SELECT agent, count(*) AS letters FROM dead_letters WHERE state = 'open' GROUP BY agent"
    )
    return {row["agent"]: row["letters"] for row in await cursor.fetchall()}


async def agents_known(connection: Connection) -> Sequence[str]:
    """Labels of all that ever set anything aside, as far as it is remembered."""
    cursor = await connection.execute(
        "SELECT substr(topic, length(%(prefix)s) + 1) AS agent FROM dead_letters_read"
        " UNION SELECT agent FROM dead_letters ORDER BY agent",
        {"prefix": DEAD_PREFIX},
    )
    return [row["agent"] for row in await cursor.fetchall()]


async def numbers(connection: Connection, wanted: LetterFilter) -> Mapping[State, int]:
    """How many there are by state."""
    condition, parameters = wanted.where()
    cursor = await connection.execute(
        f"SELECT state, count(*) AS letters FROM dead_letters WHERE {condition} GROUP BY state".encode(), parameters
    )
    return {row["state"]: row["letters"] for row in await cursor.fetchall()}


async def mark_redriven(transaction: Connection, letters: Sequence[Letter], by: str) -> None:
    await transaction.execute(
        "UPDATE dead_letters SET state = 'redriven', redriven = redriven + 1, decided_by = %s, decided_at = now()"
        " WHERE id = ANY(%s)",
        (by, [letter.id for letter in letters]),
    )


async def forget(transaction: Connection, labels: Collection[str]) -> None:
    """Letters of generations that are no more. What somebody dropped stays: that was decided of the event."""
    await transaction.execute("DELETE FROM dead_letters WHERE agent = ANY(%s) AND state <> 'dropped'", (list(labels),))


async def dropped(database: Database, wanted: LetterFilter, *, reason: str, by: str) -> int:
    """Drops those of `wanted` that are not dropped yet: the open ones, or whichever state it names. Returns how many.

    Raises ValueError for a bad name.
    """
    total = 0
    while True:
        async with database.transaction() as transaction:
            await hold(transaction, "", [b"decisions"])
            number = await _drop(transaction, wanted, reason, by)
        total += number
        if number < DROP_PAGE:
            return total


async def _drop(transaction: Connection, wanted: LetterFilter, reason: str, by: str) -> int:
    """Their places in the lines of their keys go with them: those behind them need not wait for what never comes."""
    condition, parameters = wanted.where()
    still = "state <> 'dropped'" if wanted.state or wanted.names else "state = 'open'"
    cursor = await transaction.execute(
        f"""WITH chosen AS (SELECT id FROM dead_letters WHERE {condition} AND {still} ORDER BY id LIMIT {DROP_PAGE}
                            FOR UPDATE),
                 gone AS (UPDATE dead_letters SET state = 'dropped', reason = %s, decided_by = %s, decided_at = now()
                           WHERE id IN (SELECT id FROM chosen) RETURNING agent, key, topic, partition, "offset"),
                 freed AS (DELETE FROM parked_keys parked USING gone
                            WHERE parked.agent = gone.agent AND parked.key = gone.key
                              AND (parked.topic, parked.partition, parked."offset")
                                  = (gone.topic, gone.partition, gone."offset"))
            SELECT count(*) AS letters FROM gone""".encode(),
        (*parameters, reason, by),
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row["letters"])

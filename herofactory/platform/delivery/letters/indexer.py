"""Keeps the table of dead letters in step with the topics: whoever wants to know brings it up to date first."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from herofactory.platform.delivery.dead_letter import DEAD_PREFIX, DeadLetter
from herofactory.platform.delivery.letters.held import PAGE
from herofactory.platform.eventlog.port import EventLog, OffsetRange
from herofactory.platform.postgres.database import Connection, Database
from herofactory.platform.records import Record

Read = tuple[int, int]
"""Of one partition: the earliest record that was there when last looked at, and the next to read."""


async def catch_up(log: EventLog, database: Database) -> None:
    """Returns when all letters there are now are in the table. Any number may do it at once; costs one look at the ends
    of the topics where nothing is new. Raises LogError."""
    held = await asyncio.to_thread(_held, log)
    rows = await database.fetch("SELECT topic, partition, earliest, next FROM dead_letters_read")
    known = {(row["topic"], row["partition"]): (row["earliest"], row["next"]) for row in rows}
    for (topic, partition), now in held.items():
        earliest, following = known.get((topic, partition), (0, 0))
        while following != now.end or earliest != now.earliest:
            earliest, following = await _turn(log, database, topic, partition, now)
            if following >= now.end:
                break


def _held(log: EventLog) -> dict[tuple[str, int], OffsetRange]:
    topics = [name for name in log.topics() if name.startswith(DEAD_PREFIX)]
    return {(topic, partition): held for topic in topics for partition, held in log.offsets(topic).items()}


async def _turn(log: EventLog, database: Database, topic: str, partition: int, now: OffsetRange) -> Read:
    """One page, and what retention took since."""
    async with database.transaction() as transaction:
        earliest, following = await _read(transaction, topic, partition)
        if following > now.end and following > (await asyncio.to_thread(log.offsets, topic))[partition].end:
            # Another log than the one that was read: nothing of what is known of it is there any more.
            await _forget(transaction, topic, partition, following)
            earliest = following = 0
        if earliest < now.earliest:
            await _forget(transaction, topic, partition, now.earliest)
        records = await asyncio.to_thread(log.read, topic, partition, following, PAGE)
        if records:
            await _store(transaction, records)
            following = records[-1].offset + 1
        else:
            following = max(following, now.end)
        read = max(earliest, now.earliest), following
        await transaction.execute(
            "UPDATE dead_letters_read SET earliest = %s, next = %s WHERE topic = %s AND partition = %s",
            (*read, topic, partition),
        )
        return read


async def _read(transaction: Connection, topic: str, partition: int) -> Read:
    """Whoever else wants to read on waits until this transaction ends."""
    await transaction.execute(
        "INSERT INTO dead_letters_read (topic, partition) VALUES (%s, %s) ON CONFLICT DO NOTHING", (topic, partition)
    )
    cursor = await transaction.execute(
        "SELECT earliest, next FROM dead_letters_read WHERE topic = %s AND partition = %s FOR UPDATE",
        (topic, partition),
    )
    row = await cursor.fetchone()
    assert row is not None
    return row["earliest"], row["next"]


async def _forget(transaction: Connection, topic: str, partition: int, before: int) -> None:
    """Letters whose records are gone, and their places in the lines of their keys, which nothing else would free."""
    await transaction.execute(
        """WITH gone AS (DELETE FROM dead_letters
                          WHERE split_part(agent, '.', 1) = %s AND held_in = %s AND held_at < %s
                         RETURNING agent, key, topic, partition, "offset")
           DELETE FROM parked_keys parked USING gone
            WHERE parked.agent = gone.agent AND parked.key = gone.key
              AND (parked.topic, parked.partition, parked."offset") = (gone.topic, gone.partition, gone."offset")""",
        (topic.removeprefix(DEAD_PREFIX), partition, before),
    )


async def _store(transaction: Connection, records: Sequence[Record]) -> None:
    """Of a letter that was written more than once after as many redrives, the first record counts."""
    newest: dict[tuple[str, str, int, int], tuple[DeadLetter, Record]] = {}
    for record in records:
        letter = DeadLetter.from_record(record)
        known = newest.get(letter.coordinates)
        if known is None or letter.redriven > known[0].redriven:
            newest[letter.coordinates] = letter, record
    rows = [
        (
            *letter.coordinates,
            *(letter.kind, letter.cause.replace("\0", ""), letter.message.replace("\0", "")),
            *(letter.key, letter.event_id and letter.event_id.replace("\0", ""), letter.attempts, letter.ordered),
            *(letter.redriven, letter.at, record.partition, record.offset),
        )
        for letter, record in newest.values()
    ]
    await transaction.execute(
        """INSERT INTO dead_letters AS known (agent, topic, partition, "offset", class, cause, message, key, event_id,
                                              attempts, ordered, failed, redriven, first_at, at, held_in, held_at)
           SELECT agent, topic, partition, "offset", class, cause, message, key, event_id,
                  attempts, ordered, failed, failed, at, at, held_in, held_at
             FROM unnest(%s::text[], %s::text[], %s::int[], %s::bigint[], %s::text[], %s::text[], %s::text[],
                         %s::bytea[], %s::text[], %s::int[], %s::bool[], %s::int[], %s::timestamptz[], %s::int[],
                         %s::bigint[])
               AS new (agent, topic, partition, "offset", class, cause, message, key, event_id, attempts, ordered,
                       failed, at, held_in, held_at)
           ON CONFLICT (agent, topic, partition, "offset") DO UPDATE
              SET class = excluded.class, cause = excluded.cause, message = excluded.message,
                  attempts = excluded.attempts, ordered = excluded.ordered, failed = excluded.failed,
                  redriven = greatest(known.redriven, excluded.failed), at = excluded.at,
                  held_in = excluded.held_in, held_at = excluded.held_at,
                  state = CASE WHEN known.state = 'redriven' AND excluded.failed >= known.redriven THEN 'open'
                               ELSE known.state END
            WHERE excluded.failed > known.failed""",
        [list(column) for column in zip(*rows, strict=True)],
    )
    await _keep_decided(
        transaction, [letter for letter, _ in newest.values() if letter.label not in ("", letter.agent)]
    )


async def _keep_decided(transaction: Connection, letters: Sequence[DeadLetter]) -> None:
    """What a generation sets aside that was dropped when another one did, before any decision on this one."""
    if not letters:
        return
    await transaction.execute(
        """UPDATE dead_letters AS fresh
              SET state = 'dropped', reason = known.reason, decided_by = known.decided_by, decided_at = known.decided_at
             FROM unnest(%s::text[], %s::text[], %s::int[], %s::bigint[]) AS new (agent, topic, partition, "offset")
             JOIN dead_letters AS known USING (topic, partition, "offset")
            WHERE (fresh.agent, fresh.topic, fresh.partition, fresh."offset")
                  = (new.agent, new.topic, new.partition, new."offset")
              AND split_part(known.agent, '.', 1) = split_part(new.agent, '.', 1)
              AND known.state = 'dropped' AND fresh.state = 'open' AND fresh.redriven = 0""",
        [list(column) for column in zip(*(letter.coordinates for letter in letters), strict=True)],
    )

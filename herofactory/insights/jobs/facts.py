"""What is known of each job: one row, made of its events in whichever order and however often they come."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal
from uuid import UUID

from herofactory.insights.keeping.retention import horizon
from herofactory.platform.postgres.database import Connection, Database
from herofactory.platform.replay.target import Entry

Ending = Literal["completed", "failed", "cancelled"]
_ENDS = "ended_at, ending, cause, images"
# A job ends once; if its events say otherwise, the first end by time counts, whichever came first.
_TOLD = f"""INSERT INTO job_facts AS known
    (generation, job_id, owner_id, preset, requested_at, {_ENDS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (generation, job_id) DO UPDATE SET
    owner_id = least(known.owner_id, excluded.owner_id), preset = least(known.preset, excluded.preset),
    requested_at = least(known.requested_at, excluded.requested_at),
    ({_ENDS}) = (SELECT {_ENDS} FROM (VALUES
        (known.ended_at, known.ending, known.cause, known.images),
        (excluded.ended_at, excluded.ending, excluded.cause, excluded.images)) AS ends ({_ENDS})
        ORDER BY {_ENDS} LIMIT 1)"""
_ALL = """SELECT job_id, sha256(convert_to(ROW(owner_id, preset, ending, cause, images,
        extract(epoch FROM requested_at), extract(epoch FROM ended_at))::text, 'UTF8')) AS digest
    FROM job_facts WHERE generation = %s AND job_id > %s
    AND (requested_at >= %s OR (requested_at IS NULL AND ended_at >= %s)) ORDER BY job_id LIMIT %s"""
_PAGE = 5_000
_LONGEST = timedelta(days=2)
"""No job takes so long: its deadline passes within hours."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What one event says of a job."""

    job_id: UUID
    owner_id: str
    preset: str | None = None
    requested_at: datetime | None = None
    ended_at: datetime | None = None
    ending: Ending | None = None
    cause: str | None = None
    """Of a failure."""
    images: int = 0


async def note(transaction: Connection, generation: int, facts: Sequence[Fact]) -> None:
    async with transaction.cursor() as cursor:
        await cursor.executemany(
            _TOLD.encode(),
            [
                (
                    generation, each.job_id, each.owner_id, each.preset, each.requested_at, each.ended_at, each.ending,
                    each.cause, each.images,
                )
                for each in sorted(facts, key=lambda fact: fact.job_id)  # in one order, so that no two wait in a ring
            ],
        )  # fmt: skip


async def entries(database: Database, generation: int, now: datetime) -> AsyncIterator[Entry]:
    """Ordered by id, a page in memory at a time; without those that the topics no longer have from their start."""
    since = datetime.combine(horizon(now), time(), UTC)
    last = UUID(int=0)
    while rows := await database.fetch(_ALL, generation, last, since, since + _LONGEST, _PAGE):
        for row in rows:
            job_id = str(row["job_id"])
            yield Entry(job_id, job_id, 0, row["digest"])
        last = rows[-1]["job_id"]

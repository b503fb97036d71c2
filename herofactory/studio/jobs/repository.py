"""The SQL of jobs as their owners see them. The queue's own is in queue.py."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from psycopg.types.json import Jsonb

from herofactory.platform.postgres.database import Connection
from herofactory.studio.jobs.job import COLUMNS, Job, JobAsset
from herofactory.studio.jobs.request import GenerationRequest

# A user's next job comes one round after the last of those still open, and never before the round that is being worked
# off: who has nothing waiting is next, who has twenty waiting has one in each of twenty rounds. A job that waits for
# another attempt keeps its old round, so it says nothing about the current one.
_INSERT = f"""
INSERT INTO generations (id, owner_id, prompt_id, sketch_id, request, seed, deadline_at, round)
SELECT %(id)s, %(owner)s, %(prompt)s, %(sketch)s, %(request)s, %(seed)s,
       clock_timestamp() + make_interval(secs => %(deadline)s),
       greatest(
           coalesce((SELECT round FROM generations WHERE state = 'queued' AND not_before IS NULL
                     ORDER BY round, id LIMIT 1),
                    (SELECT max(round) FROM generations WHERE state = 'running'), 0),
           coalesce((SELECT max(round) + 1 FROM generations
                     WHERE owner_id = %(owner)s AND state IN ('queued', 'running')), 0))
RETURNING {COLUMNS}
"""


async def insert(
    transaction: Connection,
    job_id: UUID,
    owner_id: str,
    request: GenerationRequest,
    prompt_id: UUID | None,
    wait_s: float,
) -> Job:
    """A queued job, which expires after `wait_s`. Call it under `lock_owner`."""
    cursor = await transaction.execute(
        _INSERT,
        {
            "id": job_id,
            "owner": owner_id,
            "prompt": prompt_id,
            "sketch": request.sketch_id,
            "request": Jsonb(request.to_json()),
            "seed": request.seed,
            "deadline": wait_s,
        },
    )
    row = await cursor.fetchone()
    assert row is not None
    return Job.of(row)


async def lock_owner(transaction: Connection, owner_id: str) -> None:
    """Until the transaction ends nobody else makes a job for this owner: what is counted stays so."""
    await transaction.execute("SELECT pg_advisory_xact_lock(hashtextextended('generations ' || %s, 0))", (owner_id,))


async def open_jobs(connection: Connection, owner_id: str) -> int:
    cursor = await connection.execute(
        "SELECT count(*) AS open FROM generations WHERE owner_id = %s AND state IN ('queued', 'running')", (owner_id,)
    )
    row = await cursor.fetchone()
    return int(row["open"]) if row else 0


async def get(connection: Connection, job_id: UUID, *, lock: bool = False) -> Job | None:
    cursor = await connection.execute(
        f"SELECT {COLUMNS} FROM generations WHERE id = %s {'FOR UPDATE' if lock else ''}", (job_id,)
    )
    row = await cursor.fetchone()
    return Job.of(row) if row else None


async def of_owner(connection: Connection, owner_id: str, *, before: UUID | None, limit: int) -> list[Job]:
    """Newest first."""
    cursor = await connection.execute(
        f"""SELECT {COLUMNS} FROM generations WHERE owner_id = %s AND (%s::uuid IS NULL OR id < %s)
            ORDER BY id DESC LIMIT %s""",
        (owner_id, before, before, limit),
    )
    return [Job.of(row) for row in await cursor.fetchall()]


async def positions(connection: Connection, job_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Of those that wait: 1 is next."""
    if not job_ids:
        return {}
    cursor = await connection.execute(
        """SELECT waiting.id, (SELECT count(*) FROM generations AS other WHERE other.state = 'queued'
                               AND (other.round, other.id) <= (waiting.round, waiting.id)) AS position
             FROM generations AS waiting WHERE waiting.id = ANY(%s) AND waiting.state = 'queued'""",
        (list(job_ids),),
    )
    return {row["id"]: row["position"] for row in await cursor.fetchall()}


async def assets_of(connection: Connection, job_ids: Sequence[UUID]) -> dict[UUID, list[JobAsset]]:
    """In order; a job without any is left out."""
    found: dict[UUID, list[JobAsset]] = {}
    if not job_ids:
        return found
    cursor = await connection.execute(
        """SELECT generation_id, asset_id, kind, name, media_type, width, height, credit
             FROM generation_assets JOIN assets ON assets.id = asset_id
            WHERE generation_id = ANY(%s) ORDER BY generation_id, ordinal""",
        (list(job_ids),),
    )
    for row in await cursor.fetchall():
        job_id, asset_id = row.pop("generation_id"), row.pop("asset_id")
        found.setdefault(job_id, []).append(JobAsset(asset_id, **row))
    return found


async def add_asset(
    transaction: Connection, job_id: UUID, ordinal: int, asset_id: UUID, kind: str, name: str, credit: str | None
) -> None:
    await transaction.execute(
        """INSERT INTO generation_assets (generation_id, ordinal, asset_id, kind, name, credit)
           VALUES (%s, %s, %s, %s, %s, %s)""",
        (job_id, ordinal, asset_id, kind, name, credit),
    )

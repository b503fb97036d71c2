"""The ends of a job. The row must be locked and not have ended; the event goes out with the change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from herofactory.platform.events.studio import GenerationCancelled, GenerationCompleted, GenerationFailed
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Connection
from herofactory.studio.jobs.job import COLUMNS, Job
from herofactory.studio.jobs.state import Cause, State

_END = f"""
UPDATE generations SET state = %s, cause = %s, detail = %s, percent = CASE WHEN %s THEN 100 ELSE percent END,
       stage = NULL, leased_by = NULL, leased_until = NULL, not_before = NULL, finished_at = clock_timestamp()
 WHERE id = %s AND state IN ('queued', 'running') RETURNING {COLUMNS}
"""


async def succeed(transaction: Connection, outbox: Outbox, job: Job, assets: Sequence[str]) -> Job:
    ended = await _end(transaction, job, "succeeded")
    assert ended.started_at
    assert ended.finished_at
    assert ended.backend
    event = GenerationCompleted(
        str(job.id),
        owner_id=job.owner_id,
        backend=ended.backend,
        preset=job.request.preset,
        seed=job.seed,
        assets=tuple(assets),
        queued_ms=_ms(job.created_at, ended.started_at),
        ran_ms=_ms(ended.started_at, ended.finished_at),
    )
    await outbox.put(transaction, event)
    return ended


async def fail(transaction: Connection, outbox: Outbox, job: Job, cause: Cause, detail: str) -> Job:
    ended = await _end(transaction, job, "failed", cause, detail)
    await outbox.put(transaction, GenerationFailed(str(job.id), job.owner_id, cause, job.attempts))
    return ended


async def expire(transaction: Connection, outbox: Outbox, job: Job) -> Job:
    """With the cause of its last failed attempt, where there was one."""
    cause: Cause = job.cause or "EXPIRED"
    detail = job.detail or "no result in time: ask again when there is less to do"
    ended = await _end(transaction, job, "expired", cause, detail)
    await outbox.put(transaction, GenerationFailed(str(job.id), job.owner_id, cause, job.attempts))
    return ended


async def cancel(transaction: Connection, outbox: Outbox, job: Job) -> Job:
    ended = await _end(transaction, job, "cancelled", "CANCELLED")
    await outbox.put(transaction, GenerationCancelled(str(job.id), job.owner_id))
    return ended


async def _end(
    transaction: Connection, job: Job, state: State, cause: Cause | None = None, detail: str | None = None
) -> Job:
    cursor = await transaction.execute(_END, (state, cause, detail, state == "succeeded", job.id))
    row = await cursor.fetchone()
    assert row is not None, f"job {job.id} has ended already"
    return Job.of(row)


def _ms(since: datetime, until: datetime) -> float:
    return max((until - since).total_seconds(), 0.0) * 1000

"""Jobs that nobody ends: their deadline has passed, or the bridge that had them is gone for good."""

from __future__ import annotations

from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Connection
from herofactory.studio.jobs import ending
from herofactory.studio.jobs.job import COLUMNS, Job
from herofactory.studio.jobs.queue import requeue
from herofactory.studio.jobs.state import ATTEMPTS

ORPHANED_S = 60.0
"""Seconds after its lease has run out in which a bridge on the same server may still go on with a job."""
AT_ONCE = 100
_LOST = "whoever worked on it is gone"
_LATE = f"""
SELECT {COLUMNS} FROM generations WHERE state IN ('queued', 'running') AND deadline_at <= clock_timestamp()
 ORDER BY id LIMIT {AT_ONCE} FOR UPDATE SKIP LOCKED
"""
_ORPHANS = f"""
SELECT {COLUMNS} FROM generations
 WHERE state = 'running' AND leased_until <= clock_timestamp() - make_interval(secs => %s)
 ORDER BY id LIMIT {AT_ONCE} FOR UPDATE SKIP LOCKED
"""


async def sweep(transaction: Connection, outbox: Outbox, *, orphaned_s: float = ORPHANED_S) -> int:
    """Ends or requeues such jobs; returns how many. A bridge that still has one learns of it when it renews."""
    late = await _jobs(transaction, _LATE)
    for job in late:
        await (ending.cancel if job.cancel_wanted else ending.expire)(transaction, outbox, job)
    orphans = await _jobs(transaction, _ORPHANS, orphaned_s)
    for job in orphans:
        await _adopt(transaction, outbox, job)
    return len(late) + len(orphans)


async def _adopt(transaction: Connection, outbox: Outbox, job: Job) -> None:
    if job.cancel_wanted:
        await ending.cancel(transaction, outbox, job)
    elif job.attempts < ATTEMPTS:
        await requeue(transaction, job, "LOST", _LOST, 0.0)
    else:
        await ending.fail(transaction, outbox, job, "LOST", _LOST)


async def _jobs(transaction: Connection, query: str, *parameters: object) -> list[Job]:
    cursor = await transaction.execute(query.encode(), parameters)
    return [Job.of(row) for row in await cursor.fetchall()]

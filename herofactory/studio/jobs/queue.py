"""The queue: the table of jobs itself. Who works on a job holds a lease, and its fence.

A fence is a number that rises with every lease. Each statement here names the fence it acts under and does nothing
under an old one, so a bridge that was taken for dead and comes back changes nothing. Every end of a job writes its
event in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from herofactory.assets import repository as assets
from herofactory.assets.image import Image
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Connection, Database
from herofactory.studio.jobs import ending, repository
from herofactory.studio.jobs.errors import LeaseLost
from herofactory.studio.jobs.job import COLUMNS, Job
from herofactory.studio.jobs.state import ATTEMPTS, TRANSIENT, Cause
from herofactory.studio.rendering.port import Backend

BACKOFF_S = 4.0
"""Seconds before the second attempt; four times as many before the third."""

# SKIP LOCKED: bridges that ask at the same moment get different jobs instead of waiting for each other.
_CLAIM = f"""
UPDATE generations SET state = 'running', fence = fence + 1, attempts = attempts + 1, leased_by = %(worker)s,
       leased_until = clock_timestamp() + make_interval(secs => %(lease)s), backend = %(backend)s, server = %(server)s,
       remote_id = NULL, resubmitted = false, not_before = NULL, cause = NULL, detail = NULL, stage = 'preparing',
       started_at = coalesce(started_at, clock_timestamp())
 WHERE id = (SELECT id FROM generations
              WHERE state = 'queued' AND (not_before IS NULL OR not_before <= clock_timestamp())
                AND deadline_at > clock_timestamp() AND (request ->> 'preset' = ANY(%(presets)s)) = %(served)s
                AND created_at <= clock_timestamp() - make_interval(secs => %(waited)s)
              ORDER BY round, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING {COLUMNS}
"""
_RESUME = f"""
UPDATE generations SET fence = fence + 1, leased_by = %(worker)s,
       leased_until = clock_timestamp() + make_interval(secs => %(lease)s)
 WHERE id = (SELECT id FROM generations
              WHERE state = 'running' AND leased_until <= clock_timestamp() AND server = %(server)s
                AND deadline_at > clock_timestamp()
              ORDER BY leased_until, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING {COLUMNS}
"""
_HELD = """
SELECT count(*) AS held FROM generations
 WHERE state = 'running' AND server = %s AND leased_until > clock_timestamp()
"""
# Percent never falls, also where a job begins anew after an outage.
_RENEW = f"""
UPDATE generations AS job SET leased_until = clock_timestamp() + make_interval(secs => %s),
       stage = coalesce(held.stage, job.stage), percent = greatest(job.percent, held.percent)
  FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::real[]) AS held (id, fence, stage, percent)
 WHERE job.id = held.id AND job.fence = held.fence AND job.state = 'running'
RETURNING {", ".join(f"job.{name.strip()}" for name in COLUMNS.split(","))}
"""


@dataclass(frozen=True, slots=True)
class Held:
    """What a bridge says of a job it works on."""

    job: Job
    stage: str | None
    percent: float


@dataclass(frozen=True, slots=True)
class Made:
    """One picture of a result, whose bytes are stored already."""

    kind: str
    name: str
    image: Image
    credit: str | None = None
    """Whom to name beside it."""


class JobQueue:
    def __init__(self, database: Database, outbox: Outbox, *, lease_s: float, backoff_s: float = BACKOFF_S) -> None:
        self._database = database
        self._backoff_s = backoff_s
        self._outbox = outbox
        self.lease_s = lease_s

    async def claim(
        self,
        worker: str,
        backend: Backend,
        server: str,
        presets: Sequence[str],
        slots: int,
        *,
        served: bool = True,
        waited_s: float = 0.0,
    ) -> Job | None:
        """A job for `server`, first one that its former bridge left behind there, then the next of the queue.

        None where there is none, or where bridges hold `slots` jobs for that server already. `served=False`: one whose
        preset is *not* among `presets`, and which has waited for `waited_s` seconds.
        """
        asked = {
            "worker": worker,
            "lease": self.lease_s,
            "backend": backend,
            "server": server,
            "presets": list(presets),
            "served": served,
            "waited": waited_s,
        }
        async with self._database.transaction() as transaction:
            # Two bridges on one server count one after the other.
            await transaction.execute("SELECT pg_advisory_xact_lock(hashtextextended('server ' || %s, 0))", (server,))
            cursor = await transaction.execute(_HELD, (server,))
            row = await cursor.fetchone()
            if row and row["held"] >= slots:
                return None
            for query in (_RESUME, _CLAIM):
                cursor = await transaction.execute(query, asked)
                found = await cursor.fetchone()
                if found:
                    return Job.of(found)
        return None

    async def renew(self, held: Sequence[Held]) -> Mapping[UUID, Job]:
        """The jobs that are still under the fences given, as they are now, their leases renewed; others are lost."""
        columns = [
            [each.job.id for each in held],
            [each.job.fence for each in held],
            [each.stage for each in held],
            [each.percent for each in held],
        ]
        rows = await self._database.fetch(_RENEW, self.lease_s, *columns)
        return {row["id"]: Job.of(row) for row in rows}

    async def remember(self, job: Job, remote_id: str, *, resubmitted: bool) -> Job:
        """The id under which the job is to be found at its server, before it is handed over. Raises LeaseLost."""
        async with self._database.transaction() as transaction:
            cursor = await transaction.execute(
                f"""UPDATE generations SET remote_id = %s, resubmitted = %s
                     WHERE id = %s AND fence = %s AND state = 'running' RETURNING {COLUMNS}""",
                (remote_id, resubmitted, job.id, job.fence),
            )
            row = await cursor.fetchone()
        if row is None:
            raise LeaseLost(f"job {job.id} is no longer ours (fence {job.fence})")
        return Job.of(row)

    async def complete(self, job: Job, made: Sequence[Made]) -> Job:
        """Raises LeaseLost, also where its owner wants it cancelled."""
        async with self._database.transaction() as transaction:
            mine = await self._mine(transaction, job)
            if mine.cancel_wanted:
                raise LeaseLost(f"job {job.id} is to be cancelled")
            ids = []
            for ordinal, each in enumerate(made):
                asset = await assets.insert(transaction, job.owner_id, each.image)
                await repository.add_asset(transaction, job.id, ordinal, asset.id, each.kind, each.name, each.credit)
                ids.append(str(asset.id))
            return await ending.succeed(transaction, self._outbox, mine, ids)

    async def fail(self, job: Job, cause: Cause, detail: str) -> Job:
        """Ends it, or has it wait for another attempt where the cause may pass. Raises LeaseLost."""
        async with self._database.transaction() as transaction:
            mine = await self._mine(transaction, job)
            if mine.cancel_wanted or cause == "CANCELLED":
                return await ending.cancel(transaction, self._outbox, mine)
            if cause in TRANSIENT and mine.attempts < ATTEMPTS:
                return await requeue(transaction, mine, cause, detail, self._backoff_s * 4 ** (mine.attempts - 1))
            if cause == "EXPIRED":
                return await ending.expire(transaction, self._outbox, mine)
            return await ending.fail(transaction, self._outbox, mine, cause, detail)

    async def cancel(self, job: Job) -> Job:
        """Ends it as its owner wants. Raises LeaseLost."""
        async with self._database.transaction() as transaction:
            return await ending.cancel(transaction, self._outbox, await self._mine(transaction, job))

    async def release(self, job: Job, *, resumable: bool) -> None:
        """A bridge that stops gives its job back: to be followed by another one, or begun anew as if it never was.

        Does nothing where it is not its own any more.
        """
        anew = "" if resumable else ", state = 'queued', attempts = attempts - 1, stage = NULL, remote_id = NULL"
        async with self._database.transaction() as transaction:
            await transaction.execute(
                f"""UPDATE generations SET fence = fence + 1, leased_until = clock_timestamp(), leased_by = NULL {anew}
                     WHERE id = %s AND fence = %s AND state = 'running'""",
                (job.id, job.fence),
            )

    async def look(self, job_id: UUID) -> Job | None:
        """The job as it is now, whoever has it."""
        async with self._database.connection() as connection:
            return await repository.get(connection, job_id)

    async def _mine(self, transaction: Connection, job: Job) -> Job:
        """Locked. Raises LeaseLost."""
        found = await repository.get(transaction, job.id, lock=True)
        if found is None or found.fence != job.fence or found.state != "running":
            raise LeaseLost(f"job {job.id} is no longer ours (fence {job.fence})")
        return found


async def requeue(transaction: Connection, job: Job, cause: Cause, detail: str, wait_s: float) -> Job:
    """A locked running job waits for its next attempt, in its old round: it goes before those that came after it."""
    cursor = await transaction.execute(
        f"""UPDATE generations SET state = 'queued', fence = fence + 1, cause = %s, detail = %s, stage = NULL,
                   leased_by = NULL, leased_until = NULL, remote_id = NULL, server = NULL,
                   not_before = clock_timestamp() + make_interval(secs => %s)
             WHERE id = %s RETURNING {COLUMNS}""",
        (cause, detail, wait_s, job.id),
    )
    row = await cursor.fetchone()
    assert row is not None
    return Job.of(row)

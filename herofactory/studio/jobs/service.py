"""What owners do with jobs."""

from __future__ import annotations

from uuid import UUID

from herofactory.platform.events.studio import GenerationRequested
from herofactory.platform.ids import uuid7
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Connection
from herofactory.studio.jobs import ending, repository
from herofactory.studio.jobs.errors import JobNotFound, QuotaExceeded
from herofactory.studio.jobs.job import Job
from herofactory.studio.jobs.request import GenerationRequest

RETRY_AFTER_S = 10
"""Seconds to wait at a full quota: about what one picture takes."""


class Generations:
    def __init__(self, outbox: Outbox, *, quota: int, deadline_s: float) -> None:
        """`quota`: jobs one owner may have that have not ended. `deadline_s`: after so long a job expires."""
        self._outbox = outbox
        self._quota = quota
        self._deadline_s = deadline_s

    async def create(
        self, transaction: Connection, owner_id: str, request: GenerationRequest, prompt_id: UUID | None = None
    ) -> Job:
        """Raises QuotaExceeded."""
        await repository.lock_owner(transaction, owner_id)
        if await repository.open_jobs(transaction, owner_id) >= self._quota:
            raise QuotaExceeded(self._quota, RETRY_AFTER_S)
        job = await repository.insert(transaction, uuid7(), owner_id, request, prompt_id, self._deadline_s)
        event = GenerationRequested(
            str(job.id),
            owner_id=owner_id,
            preset=request.preset,
            seed=request.seed,
            variations=request.variations,
            sketch_id=request.sketch_id,
            prompt_id=str(prompt_id) if prompt_id else None,
        )
        await self._outbox.put(transaction, event)
        return job

    async def cancel(self, transaction: Connection, owner_id: str, job_id: UUID) -> Job:
        """The job: ended where it waited; where it runs, its bridge is told and ends it; an ended one stays as it is.

        Raises JobNotFound, also for somebody else's.
        """
        job = await own(transaction, owner_id, job_id, lock=True)
        if job.state == "queued":
            return await ending.cancel(transaction, self._outbox, job)
        if job.state == "running":
            await transaction.execute("UPDATE generations SET cancel_wanted = true WHERE id = %s", (job_id,))
            return await own(transaction, owner_id, job_id)
        return job


async def own(connection: Connection, owner_id: str, job_id: UUID, *, lock: bool = False) -> Job:
    """Raises JobNotFound, also for somebody else's."""
    job = await repository.get(connection, job_id, lock=lock)
    if job is None or job.owner_id != owner_id:
        raise JobNotFound(f"you have no generation {job_id}")
    return job

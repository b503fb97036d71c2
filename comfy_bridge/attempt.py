"""One bridge's work on one job, under one fence."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Literal, TypeVar

import psycopg
from psycopg_pool import PoolTimeout

from comfy_bridge.backend import Backend, remote_id
from herofactory.platform.telemetry.logging import get_logger
from herofactory.studio.jobs.errors import LeaseLost
from herofactory.studio.jobs.job import Job
from herofactory.studio.jobs.progress import Teller
from herofactory.studio.jobs.queue import JobQueue, Made
from herofactory.studio.jobs.state import Cause
from herofactory.studio.jobs.workshop import Workshop
from herofactory.studio.rendering.port import RawImage, RenderError, RenderTask

Interruption = Literal["cancelled", "lost", "stopping"]
DATABASE_DOWN = (psycopg.OperationalError, PoolTimeout)
AGAIN_S = 1.0
T = TypeVar("T")
_log = get_logger(__name__)


class Attempt:
    def __init__(self, job: Job, backend: Backend, queue: JobQueue, workshop: Workshop, teller: Teller) -> None:
        self.job = job
        self.teller = teller
        self.unreachable = False
        """Whether the server could not be reached."""
        self._backend = backend
        self._queue = queue
        self._workshop = workshop
        self._interruption: asyncio.Future[Interruption] = asyncio.get_running_loop().create_future()

    def interrupt(self, why: Interruption) -> None:
        """`lost`: the row says that it is no longer ours. `stopping`: this bridge ends, another one may go on."""
        if not self._interruption.done():
            self._interruption.set_result(why)

    async def run(self) -> None:
        """Until the job is ended, waits for another attempt, or is somebody else's. Raises nothing but cancellation."""
        work = asyncio.ensure_future(self._work())
        try:
            await asyncio.wait((work, self._interruption), return_when=asyncio.FIRST_COMPLETED)
        finally:
            work.cancel()
        await asyncio.wait([work])
        if work.cancelled():
            await self._interrupted(await self._interruption)
        else:
            work.result()
        await self.teller.ended()

    async def _work(self) -> None:
        try:
            made = await self._make()
            await self._insist(lambda: self._queue.complete(self.job, made))
        except LeaseLost:
            await self._abandon()
        except RenderError as error:
            self.unreachable = error.cause == "BACKEND_UNAVAILABLE"
            await self._fail(error.cause, error.detail)
        except (*DATABASE_DOWN, OSError) as error:
            _log.warning("a job could not be worked on", job=str(self.job.id), error=str(error))
            await self._fail("BACKEND_UNAVAILABLE", "the platform's storage did not answer")
        except Exception:  # noqa: BLE001  (whatever it was, the job must end and its owner be told)
            _log.exception("a job failed", job=str(self.job.id))
            await self._fail("RENDER_FAILED", "the picture could not be made; the failure was logged")

    async def _make(self) -> Sequence[Made]:
        task = await self._workshop.prepare(self.job)
        raw = await self._render(task)
        self.teller.note("finishing", 99.0)
        return await self._workshop.finish(self.job, task, raw)

    async def _render(self, task: RenderTask) -> Sequence[RawImage]:
        """A job that its server has forgotten is handed over once more, then it is LOST."""
        if self.job.remote_id is None:
            await self._submit(task, resubmitted=False)
        while True:
            assert self.job.remote_id is not None
            try:
                return await self._backend.follow(self.job.remote_id, task, self.teller.note)
            except RenderError as error:
                if error.cause != "LOST" or self.job.resubmitted:
                    raise
            await self._submit(task, resubmitted=True)

    async def _submit(self, task: RenderTask, *, resubmitted: bool) -> None:
        """The id is remembered before it is used: whoever finds the job later can tell whether its server has it."""
        wanted = remote_id(self.job.id, 2 * self.job.attempts + resubmitted)
        self.job = await self._queue.remember(self.job, wanted, resubmitted=resubmitted)
        given = await self._backend.submit(task, wanted)
        if given != wanted:
            self.job = await self._queue.remember(self.job, given, resubmitted=resubmitted)

    async def _fail(self, cause: Cause, detail: str) -> None:
        try:
            await self._insist(lambda: self._queue.fail(self.job, cause, detail))
        except LeaseLost:
            await self._abandon()

    async def _interrupted(self, why: Interruption) -> None:
        if why == "stopping":
            await self._release()
        elif why == "lost":
            await self._abandon()
        else:
            # First for its owner; a server may take half a minute to heed it, and its slot is taken until then.
            with suppress(LeaseLost):
                await self._insist(lambda: self._queue.cancel(self.job))
            await self.teller.ended()
            await self._stop_there()

    async def _release(self) -> None:
        """A server goes on without us; what this process itself renders is begun anew."""
        resumable = self._backend.kind == "comfyui" and self.job.remote_id is not None
        try:
            await self._queue.release(self.job, resumable=resumable)
        except DATABASE_DOWN:
            return  # then the lease runs out

    async def _abandon(self) -> None:
        """Not ours any more. Where it goes on under another bridge, its server must not be disturbed."""
        row = await self._insist(lambda: self._queue.look(self.job.id))
        if row is None or row.remote_id != self.job.remote_id or row.ended:
            await self._stop_there()
        elif row.cancel_wanted and row.fence == self.job.fence:
            await self._interrupted("cancelled")

    async def _stop_there(self) -> None:
        if self.job.remote_id is None:
            return
        try:
            await self._backend.cancel(self.job.remote_id)
        except (RenderError, OSError) as error:
            _log.info("a job could not be ended at its server", job=str(self.job.id), error=str(error))

    async def _insist(self, act: Callable[[], Awaitable[T]]) -> T:
        """While the database is down there is nothing else to do. What was committed unseen shows as LeaseLost."""
        while True:
            try:
                return await act()
            except DATABASE_DOWN as error:
                _log.warning("waiting for the database", job=str(self.job.id), error=str(error))
                await asyncio.sleep(AGAIN_S)

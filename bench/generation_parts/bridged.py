"""The bridge in this process, on a database that writes durably: jobs in, results out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

from comfy_bridge.bridge import Bridge
from comfy_bridge.comfy_backend import ComfyBackend
from comfy_bridge.endpoint import Endpoint
from herofactory.assets.folder import FolderStore
from herofactory.assets.image import Image
from herofactory.platform.clock import SystemClock
from herofactory.platform.events import EventCodec
from herofactory.platform.events.registry import EmbeddedRegistry, MemorySchemaStore
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.platform.progress import PostgresProgressBus
from herofactory.studio.jobs import making, repository
from herofactory.studio.jobs.job import Job
from herofactory.studio.jobs.queue import JobQueue, Made
from herofactory.studio.jobs.request import GenerationRequest
from herofactory.studio.jobs.service import Generations
from herofactory.studio.jobs.workshop import Finish, Workshop
from herofactory.studio.presets.preset import presets
from herofactory.studio.rendering.port import RawImage, RenderTask

LOOK_S = 0.005
REQUEST = GenerationRequest("불타는 검", "burning sword", "blurry", "pixel-icon", 1)


def untouched(raw: RawImage, _task: RenderTask, _job: Job) -> Sequence[Made]:
    """A Finish that leaves pictures as they are: what is made of them is measured by `bench.images`."""
    return [Made("image", f"image-{raw.seed}", Image(raw.png, 1024, 1024))]


class Bridged:
    """Jobs of one user, one after the other."""

    def __init__(self, database: Database, outbox: Outbox, bridge: Bridge) -> None:
        self._database = database
        self._asking = Generations(outbox, quota=20, deadline_s=120)
        self._bridge = bridge

    async def picture(self, seed: int) -> float:
        """Seconds from the commit of the job to its success. The bridge is woken as `generation.requested` does."""
        async with self._database.transaction() as transaction:
            job = await self._asking.create(transaction, "bench", replace(REQUEST, seed=seed))
        began = time.perf_counter()
        self._bridge.wake()
        while True:
            found = await self._look(job)
            if found.ended:
                break
            await asyncio.sleep(LOOK_S)
        assert found.state == "succeeded", f"{found.cause}: {found.detail}"
        return time.perf_counter() - began

    async def _look(self, job: Job) -> Job:
        async with self._database.connection() as connection:
            found = await repository.get(connection, job.id)
        assert found is not None
        return found


@asynccontextmanager
async def bridged(dsn: str, url: str, folder: Path, finish: Finish = untouched) -> AsyncIterator[Bridged]:
    codec, clock = EventCodec(EmbeddedRegistry(MemorySchemaStore())), SystemClock()
    codec.register_all()
    outbox = Outbox(codec)
    async with Database(dsn, size=4) as database, PostgresProgressBus(database, dsn, clock) as bus:
        workshop = Workshop(database, FolderStore(folder), presets(), making.normalise, finish)
        queue = JobQueue(database, outbox, lease_s=10)
        backend = ComfyBackend(Endpoint.parse(url))
        bridge = Bridge("bench", queue, [backend], workshop, bus, clock)
        running = asyncio.create_task(bridge.run())
        try:
            yield Bridged(database, outbox, bridge)
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

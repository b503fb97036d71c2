"""What a job needs before it is rendered, and what is made of the pictures afterwards: the same for every renderer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from herofactory.assets import repository as assets
from herofactory.assets.store import AssetStore
from herofactory.platform.postgres.database import Database
from herofactory.studio.jobs.job import Job
from herofactory.studio.jobs.queue import Made
from herofactory.studio.presets.preset import Preset
from herofactory.studio.rendering.port import RawImage, RenderError, RenderTask

Normalise = Callable[[bytes], bytes | None]
"""From what was uploaded to a RenderTask's sketch; None where nothing is drawn on it. Raises RenderError."""
Finish = Callable[[RawImage, RenderTask, Job], Sequence[Made]]
"""The pictures that are made of one raw one; the first is the whole picture. Same input, same bytes."""
Judge = Callable[[bytes, Job], Awaitable[str | None]]
"""Why a picture (PNG) may not be given out; None where it may."""


@dataclass(frozen=True, slots=True)
class Workshop:
    database: Database
    store: AssetStore
    presets: Mapping[str, Preset]
    normalise: Normalise
    finisher: Finish
    judge: Judge | None = None

    async def prepare(self, job: Job) -> RenderTask:
        """Raises RenderError: INVALID_SKETCH."""
        preset = self.presets.get(job.request.preset)
        if preset is None:
            raise RenderError("RENDER_FAILED", f"the preset {job.request.preset!r} is gone: choose another one")
        sketch = None
        if job.request.sketch_id:
            sketch = await asyncio.to_thread(self.normalise, await self._read(UUID(job.request.sketch_id)))
        return RenderTask(job.id, job.request, preset, sketch)

    async def finish(self, job: Job, task: RenderTask, raw: Sequence[RawImage]) -> Sequence[Made]:
        """Everything made of all variations, stored. The first of each comes before the rest. Raises RenderError."""
        made = [await asyncio.to_thread(self.finisher, each, task, job) for each in raw]
        first, rest = [each[0] for each in made], [other for each in made for other in each[1:]]
        for each in first:
            reason = await self.judge(each.image.data, job) if self.judge else None
            if reason:
                raise RenderError("RESULT_REJECTED", reason)
        await asyncio.to_thread(self._store, [*first, *rest])
        return [*first, *rest]

    def _store(self, made: Sequence[Made]) -> None:
        """The bytes are durable before any row points to them."""
        for each in made:
            self.store.put(each.image)

    async def _read(self, asset_id: UUID) -> bytes:
        async with self.database.connection() as connection:
            asset = await assets.get(connection, asset_id)
        try:
            return await asyncio.to_thread(self.store.read, asset.sha256 if asset else "")
        except FileNotFoundError as error:
            raise RenderError("INVALID_SKETCH", "the sketch is gone: upload it again") from error

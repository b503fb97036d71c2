"""The bridge's process: jobs to the servers that make pictures, or to this machine's CPU where there are none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from cli.agents import log_answers, report
from cli.compose import broker_of, codec_of, credentials_of, dsn_of, values_of, worker_log
from cli.result_judge import judge_of
from comfy_bridge.backend import Backend
from comfy_bridge.bridge import Bridge
from herofactory.assets.open import open_store
from herofactory.platform.clock import SystemClock
from herofactory.platform.delivery import ChunkProcessor
from herofactory.platform.eventlog.port import EventLog
from herofactory.platform.events import EventCodec
from herofactory.platform.outbox import Outbox
from herofactory.platform.parts import Heartbeat, this_instance
from herofactory.platform.postgres.database import Database
from herofactory.platform.settings import Settings
from herofactory.platform.spool import Limits, Spool
from herofactory.platform.stores import Stores, open_stores
from herofactory.platform.telemetry.metrics import PrometheusMetrics
from herofactory.platform.waiting import Waiting
from herofactory.studio.images.sketch import SketchLimits
from herofactory.studio.jobs.making import finish, normalise
from herofactory.studio.jobs.milestones import Milestones
from herofactory.studio.jobs.queue import JobQueue
from herofactory.studio.jobs.workshop import Workshop
from herofactory.studio.presets.preset import presets
from streams.agents.bridge import bridge as waking
from streams.faust_app import WorkerTimes
from streams.runtime import Worker

IDS_PAUSE_S = 5.0


async def run_bridge(settings: Settings) -> None:
    """Runs until cancelled. Raises WorkerCrashed where Faust itself gave up: end the process and start it anew."""
    metrics, clock = PrometheusMetrics(), SystemClock()
    with worker_log(settings) as log:
        codec = codec_of(settings, log)
        values = values_of(codec)
        async with (
            Database(dsn_of(settings), size=settings.database_pool, name="hero-bridge") as database,
            open_stores(settings, database, clock, "hero-bridge") as stores,
            _milestones(settings, log, codec, metrics) as milestones,
        ):
            bridge = bridge_of(settings, database, codec, stores, milestones)
            worker = Worker(
                [waking(bridge.wake)],
                broker_of(settings),
                lambda agent, publisher: ChunkProcessor(agent, publisher=publisher, values=values, metrics=metrics),
                WorkerTimes(session_timeout=settings.session_timeout_s),
                credentials_of(settings),
            )
            await _serve(settings, bridge, worker, database)


@asynccontextmanager
async def _milestones(
    settings: Settings, log: EventLog, codec: EventCodec, metrics: PrometheusMetrics
) -> AsyncIterator[Milestones]:
    limits = Limits(settings.spool_records, settings.spool_bytes, settings.spool_disk_bytes)
    spool = Spool(log, settings.folder / "spool", "bridge", metrics, limits)
    loading = asyncio.create_task(load_ids(codec))
    try:
        yield Milestones(codec, spool.offer, SystemClock())
    finally:
        loading.cancel()
        await asyncio.to_thread(spool.close)


async def load_ids(codec: EventCodec, pause_s: float = IDS_PAUSE_S) -> None:
    """Until all are there: a registry that is down at the start answers later, and stages are told of from then on."""
    while not await asyncio.to_thread(codec.load_ids):  # noqa: ASYNC110 (a retry, not a poll)
        await asyncio.sleep(pause_s)


def bridge_of(
    settings: Settings, database: Database, codec: EventCodec, stores: Stores, milestones: Milestones
) -> Bridge:
    workshop = Workshop(
        database,
        open_store(settings),
        presets(),
        partial(normalise, limits=_stored(settings)),
        finish,
        judge_of(settings, database),
    )
    queue = JobQueue(database, Outbox(codec), lease_s=settings.bridge_lease_s)
    backends = backends_of(settings)
    reached = milestones.reached
    return Bridge(this_instance(), queue, backends, workshop, stores.progress, SystemClock(), reached=reached)


def _stored(settings: Settings) -> SketchLimits:
    """Sketches were judged when they came in. Encoded anew, one may have far more bytes than it came with."""
    return SketchLimits(5 * settings.upload_pixels + settings.upload_bytes, settings.upload_pixels)


def backends_of(settings: Settings) -> Sequence[Backend]:
    """The servers that are named, or the preview where there are none."""
    if settings.comfyui_url:
        from comfy_bridge.comfy_backend import ComfyBackend
        from comfy_bridge.endpoint import endpoints

        return [ComfyBackend(endpoint) for endpoint in endpoints(settings.comfyui_url.get_secret_value())]
    from comfy_bridge.preview.renderer import PreviewRenderer
    from comfy_bridge.preview_backend import PreviewBackend
    from herofactory.catalog.sample.package import install_folder, package_in

    return [PreviewBackend(partial(PreviewRenderer, package_in(install_folder(settings.folder))))]


async def _serve(settings: Settings, bridge: Bridge, worker: Worker, database: Database) -> None:
    waiting = Waiting()

    def told() -> tuple[str, Mapping[str, Any]]:
        """Of the servers first: without the log, jobs are found a second later."""
        state, detail = bridge.report()
        waking_state, agents = report(worker.health(), waiting.reasons)
        fine = state != "running" or waking_state == "starting"
        return (state if fine else waking_state), {**detail, **agents}

    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(Heartbeat(database, "bridge", told).run())
            tasks.create_task(bridge.run())
            await log_answers(settings, worker.sources, waiting)
            await worker.start()
            await worker.wait()
    finally:
        await worker.stop()

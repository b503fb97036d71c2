"""The relay's process: outbox and access log to event log, and what has to be done every now and then."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from cli.chores import Chores, every
from cli.compose import codec_of, dsn_of, open_embedded_log
from cli.quality_runs import run_quality
from connectors.access_log import Tailer
from connectors.embedded import OutboxRelay
from herofactory.assets.open import open_store
from herofactory.catalog.service import Catalog
from herofactory.platform.clock import SystemClock
from herofactory.platform.eventlog.port import EventLog
from herofactory.platform.outbox import Outbox
from herofactory.platform.parts import Heartbeat
from herofactory.platform.postgres.database import Database
from herofactory.platform.settings import Settings
from herofactory.platform.telemetry.metrics import Metrics, PrometheusMetrics
from streams.topics import ACCESS_LOG


async def run_relay(settings: Settings) -> None:
    """Runs until cancelled."""
    log = open_embedded_log(settings)
    metrics = PrometheusMetrics()
    dsn = dsn_of(settings)
    relay = OutboxRelay(dsn, log, metrics)
    outbox = Outbox(codec_of(settings, log))
    tailer = tailer_of(settings, log, metrics)

    def report() -> tuple[str, Mapping[str, Any]]:
        told = {"state": tailer.state, **asdict(tailer.tally)} if tailer else None
        return relay.state, {"published": relay.published, "unroutable": relay.unroutable, "access_log": told}

    async def maintain() -> None:
        done = await asyncio.to_thread(log.maintain)
        metrics.count("hero_log_removed_total", done.expired, why="retention")
        metrics.count("hero_log_removed_total", done.compacted, why="compaction")
        metrics.gauge("hero_log_bytes", log.file.stat().st_size)

    try:
        async with Database(dsn, size=3, name="hero-relay") as database, asyncio.TaskGroup() as tasks:
            tasks.create_task(relay.run())
            if tailer:
                tasks.create_task(tailer.run())
            tasks.create_task(Heartbeat(database, "relay", report).run())
            Chores(database, Catalog(outbox), outbox, open_store(settings), SystemClock()).start(tasks)
            tasks.create_task(run_quality(settings))
            tasks.create_task(every(settings.maintenance_interval_s, maintain))
    finally:
        log.close()


def tailer_of(settings: Settings, log: EventLog, metrics: Metrics) -> Tailer | None:
    """None where no access log is kept."""
    file = settings.access_log_file
    return Tailer(file, ACCESS_LOG, log.publish, settings.folder / "tailer", metrics) if file else None

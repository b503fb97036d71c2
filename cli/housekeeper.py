"""The housekeeper's process, on the Kafka stack: what change capture needs, and what has to be done now and then."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from cli.chores import Chores, every
from cli.compose import capture_of, codec_of, dsn_of, open_log
from cli.quality_runs import run_quality
from connectors.debezium import Capture
from connectors.debezium.slot import Slot
from herofactory.assets.open import open_store
from herofactory.catalog.service import Catalog
from herofactory.platform.clock import SystemClock
from herofactory.platform.outbox import Outbox
from herofactory.platform.parts import Heartbeat
from herofactory.platform.postgres.database import Database
from herofactory.platform.settings import Settings
from herofactory.platform.telemetry.metrics import Metrics, PrometheusMetrics

SWEEP_S = 1.0
LOOK_S = 1.0
EXPORT_S = 60.0
"""Seconds between two looks whether an hour's figures are to be exported."""
TEND_S = 5.0
"""Seconds between two looks whether slot and connector are there: long enough for a connector that is starting."""


async def run_housekeeper(settings: Settings) -> None:
    """Runs until cancelled."""
    dsn = dsn_of(settings)
    capture, connect, _ = capture_of(settings)
    watch = SlotWatch(capture, settings.slot_alarm_bytes, PrometheusMetrics())
    with closing(open_log(settings)) as log, closing(connect):
        outbox = Outbox(codec_of(settings, log))
        async with Database(dsn, size=3, name="hero-housekeeper") as database, asyncio.TaskGroup() as tasks:
            tasks.create_task(Heartbeat(database, "housekeeper", watch.report).run())
            tasks.create_task(every(LOOK_S, watch.look))
            tasks.create_task(every(SWEEP_S, watch.sweep))
            tasks.create_task(every(TEND_S, watch.tend))
            tasks.create_task(run_quality(settings))
            Chores(database, Catalog(outbox), outbox, open_store(settings), SystemClock()).start(tasks)
            await _export(settings, database, tasks)


async def _export(settings: Settings, database: Database, tasks: asyncio.TaskGroup) -> None:
    """Figures for dashboards; ends with the group."""
    # The analyser's dictionaries, for what is similar: after all that others wait for has begun.
    from herofactory.insights.exporting.exporter import Exporter
    from herofactory.search.open import elasticsearch_of, open_reader

    reader = await asyncio.to_thread(open_reader, settings)
    exporter = Exporter(database, reader, elasticsearch_of(settings), SystemClock())

    async def export() -> None:
        await exporter.turn()

    tasks.create_task(every(EXPORT_S, export))


class SlotWatch:
    """The state of change capture, for health and metrics."""

    def __init__(self, capture: Capture, alarm_bytes: int, metrics: Metrics) -> None:
        """`alarm_bytes`: write-ahead log kept for the slot beyond which something is wrong."""
        self._capture = capture
        self._alarm_bytes = alarm_bytes
        self._metrics = metrics
        self._slot: Slot | None = None
        self._swept = 0

    async def look(self) -> None:
        self._slot = slot = await asyncio.to_thread(self._capture.look)
        if slot is not None:
            self._metrics.gauge("hero_slot_lag_bytes", slot.behind_bytes)
            self._metrics.gauge("hero_slot_kept_bytes", slot.kept_bytes)

    async def sweep(self) -> None:
        self._swept += await asyncio.to_thread(self._capture.sweep)

    async def tend(self) -> None:
        await asyncio.to_thread(self._capture.tend)

    def report(self) -> tuple[str, Mapping[str, Any]]:
        slot = self._slot
        if slot is None or slot.is_lost:
            return "without a replication slot: nothing reaches Kafka", {"swept": self._swept}
        detail = {"swept": self._swept, "slot_lag_bytes": slot.behind_bytes, "slot_kept_bytes": slot.kept_bytes}
        behind = f"{slot.kept_bytes / 1e6:.0f} MB of write-ahead log wait for Debezium"
        is_behind = slot.kept_bytes > self._alarm_bytes
        if not slot.active:
            state = "waiting for Debezium: nothing reads the replication slot"
            return f"{state}; {behind}" if is_behind else state, detail
        return f"behind: {behind}" if is_behind else "running", detail

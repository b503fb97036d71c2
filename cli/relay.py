"""The relay's process: outbox to log, and what has to be done every now and then."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import psycopg

from cli.compose import codec_of, dsn_of, open_log
from connectors.embedded import OutboxRelay
from herofactory.catalog.service import Catalog
from herofactory.platform import idempotency, rate_limit
from herofactory.platform.eventlog.port import LogError
from herofactory.platform.outbox import Outbox
from herofactory.platform.parts import Heartbeat
from herofactory.platform.postgres.database import Database
from herofactory.platform.settings import Settings
from herofactory.platform.telemetry.logging import get_logger
from herofactory.platform.telemetry.metrics import PrometheusMetrics

ANNOUNCE_S = 2.0
"""Seconds between two looks for items whose content was changed by raw SQL."""
FORGET_S = 600.0
"""Seconds between two sweeps of old answers to requests with an Idempotency-Key, and of rate limits that are full."""


async def run_relay(settings: Settings) -> None:
    """Runs until cancelled."""
    log = open_log(settings)
    metrics = PrometheusMetrics()
    dsn = dsn_of(settings)
    relay = OutboxRelay(dsn, log, metrics)
    catalog = Catalog(Outbox(codec_of(log)))

    def report() -> tuple[str, Mapping[str, Any]]:
        return relay.state, {"published": relay.published, "unroutable": relay.unroutable}

    async def announce() -> None:
        async with database.transaction() as transaction:
            forgotten = await catalog.announce_forgotten(transaction)
        if forgotten:
            get_logger(__name__).info("announced items that were changed by raw SQL", items=forgotten)

    async def forget_answers() -> None:
        async with database.transaction() as transaction:
            await idempotency.sweep(transaction)
            await rate_limit.sweep(transaction)

    async def maintain() -> None:
        done = await asyncio.to_thread(log.maintain)
        metrics.count("hero_log_removed_total", done.expired, why="retention")
        metrics.count("hero_log_removed_total", done.compacted, why="compaction")
        metrics.gauge("hero_log_bytes", log.file.stat().st_size)

    try:
        async with Database(dsn, size=3, name="hero-relay") as database, asyncio.TaskGroup() as tasks:
            tasks.create_task(relay.run())
            tasks.create_task(Heartbeat(database, "relay", report).run())
            tasks.create_task(every(ANNOUNCE_S, announce))
            tasks.create_task(every(FORGET_S, forget_answers))
            tasks.create_task(every(settings.maintenance_interval_s, maintain))
    finally:
        log.close()


async def every(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    """Do `work` again and again; while the database or the log is down, the next turn tries anew."""
    while True:
        try:
            await work()
        except (psycopg.Error, OSError, LogError) as error:
            get_logger(__name__).warning("housekeeping failed; trying again", work=work.__name__, error=str(error))
        await asyncio.sleep(seconds)

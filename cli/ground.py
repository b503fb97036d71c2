"""What agents and replays stand on, opened as the settings say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cli.compose import codec_of, dsn_of, values_of
from cli.live_agents import live_agents
from cli.missing_keeper import MissingTerms
from herofactory.platform.clock import SystemClock
from herofactory.platform.eventlog.port import EventLog
from herofactory.platform.postgres.database import Database
from herofactory.platform.settings import Settings
from herofactory.platform.telemetry.metrics import Metrics
from streams.replay.ground import Ground


@asynccontextmanager
async def open_ground(
    settings: Settings, log: EventLog, metrics: Metrics, name: str
) -> AsyncIterator[tuple[Ground, MissingTerms]]:
    """`name`: of its connections to the database."""
    codec, clock = codec_of(settings, log), SystemClock()
    async with Database(dsn_of(settings), size=settings.database_pool, name=name, checked=False) as database:
        missing = MissingTerms(settings, database, codec)
        ground = Ground(
            settings=settings,
            database=database,
            log=log,
            codec=codec,
            values=values_of(codec),
            clock=clock,
            metrics=metrics,
            agents=live_agents(settings, database, codec, clock, metrics, missing),
        )
        yield ground, missing

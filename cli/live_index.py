"""The search index of the first generation: open, swept and rebuilt on request while its agent writes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import psycopg

from cli.chores import every
from herofactory.platform.adapters import dsn_of, without_password
from herofactory.platform.clock import Clock
from herofactory.platform.delivery import Agent
from herofactory.platform.settings import Settings
from herofactory.platform.telemetry.metrics import Metrics
from herofactory.platform.waiting import Waiting
from herofactory.search.errors import IndexUnavailable
from herofactory.search.keeper import IndexKeeper
from herofactory.search.together import Together
from streams.agents.indexing import indexing

SWEEP_S = 3600.0
LOOK_S = 2.0
"""Seconds between two looks whether readers use it."""


@asynccontextmanager
async def live_index(
    settings: Settings, clock: Clock, metrics: Metrics, waiting: Waiting
) -> AsyncIterator[Sequence[Agent]]:
    keeper = IndexKeeper(settings, dsn_of(settings))
    try:
        async with asyncio.TaskGroup() as tasks:
            chores = [tasks.create_task(_keep(settings, keeper, waiting)), tasks.create_task(keeper.serve_rebuilds())]
            try:
                # Usually it is open then. Where its server is down, only the agent that writes it has to wait.
                await keeper.tried.wait()
                yield (indexing(Together(keeper.apply), clock, metrics, in_use=lambda: keeper.in_use),)
            finally:
                for chore in chores:
                    chore.cancel()
    finally:
        await keeper.close()


async def _keep(settings: Settings, keeper: IndexKeeper, waiting: Waiting) -> None:
    what = "the search index"
    if settings.stack == "kafka":
        urls = settings.elasticsearch_url.get_secret_value().split(",")
        what = f"Elasticsearch at {', '.join(without_password(url.strip()) for url in urls)}"
    await waiting.until(what, keeper.open, (IndexUnavailable, psycopg.OperationalError))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(every(LOOK_S, keeper.look))
        tasks.create_task(every(SWEEP_S, keeper.sweep))

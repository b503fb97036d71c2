"""The live agent that keeps the search index: generation 1, in its place, whichever readers use."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from cli.compose import dsn_of
from herofactory.platform.clock import Clock
from herofactory.platform.delivery import Agent
from herofactory.platform.settings import Settings
from herofactory.platform.telemetry.metrics import Metrics
from herofactory.platform.waiting import Waiting
from herofactory.search.keeper import IndexKeeper, keeping
from herofactory.search.together import Together
from streams.agents.indexing import indexing


@asynccontextmanager
async def live_index(
    settings: Settings, clock: Clock, metrics: Metrics, waiting: Waiting
) -> AsyncIterator[Sequence[Agent]]:
    async with keeping(IndexKeeper(settings, dsn_of(settings)), waiting) as keeper:
        yield (indexing(Together(keeper.apply), clock, metrics, in_use=lambda: keeper.in_use),)

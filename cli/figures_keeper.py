"""Keeps the figures of what people do in step with what was observed; any number of workers share it."""

from __future__ import annotations

import asyncio

from cli.chores import every
from herofactory.insights.keeping.keeper import Keeper
from herofactory.insights.keeping.refolds import REFOLDS
from herofactory.platform.clock import SystemClock
from herofactory.platform.postgres.database import Database
from herofactory.platform.telemetry.metrics import Metrics

TURN_S = 1.0
"""Seconds between two looks for hours whose figures are due."""
SWEEP_S = 3600.0


def keep_figures(tasks: asyncio.TaskGroup, database: Database, metrics: Metrics) -> None:
    keeper = Keeper(database, SystemClock(), metrics, REFOLDS)

    async def turn() -> None:
        await keeper.turn()

    tasks.create_task(every(TURN_S, turn))
    tasks.create_task(every(SWEEP_S, keeper.sweep))

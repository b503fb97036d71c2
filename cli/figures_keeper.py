"""Keeps the figures of what people do in step with what was observed; any number of workers share it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from cli.chores import every
from herofactory.insights.keeping.keeper import Keeper, Refold
from herofactory.insights.keeping.refold import SearchRefold
from herofactory.insights.observation import Kind
from herofactory.insights.traffic.refold import refold as refold_traffic
from herofactory.platform.clock import SystemClock
from herofactory.platform.postgres.database import Database
from herofactory.platform.telemetry.metrics import Metrics

TURN_S = 1.0
"""Seconds between two looks for hours whose figures are due."""
SWEEP_S = 3600.0
REFOLDS: Mapping[Kind, Refold] = {"search": SearchRefold(), "access": refold_traffic}


def keep_figures(tasks: asyncio.TaskGroup, database: Database, metrics: Metrics) -> None:
    keeper = Keeper(database, SystemClock(), metrics, REFOLDS)

    async def turn() -> None:
        await keeper.turn()

    tasks.create_task(every(TURN_S, turn))
    tasks.create_task(every(SWEEP_S, keeper.sweep))

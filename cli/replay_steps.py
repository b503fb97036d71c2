"""Steps of replays that were asked for over the API: each is taken by a process of its own, behind the live ones."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from uuid import UUID

import psycopg
from psycopg_pool import PoolTimeout

from cli.child_process import run_child
from cli.errors import FAILED
from herofactory.platform.postgres.database import Database
from herofactory.platform.telemetry.logging import get_logger

LOOK_S = 1.0
AGAIN_S = 5.0
"""Before a step is tried again whose process was killed, or found no place to work."""


async def run_steps(database: Database) -> None:
    """Until cancelled; the processes end then. Of several workers, one takes a step: the others' processes find it
    locked, and look again."""
    running: set[UUID] = set()
    async with asyncio.TaskGroup() as tasks:
        while True:
            for replay_id, step in (await _wanted(database)).items():
                if replay_id not in running:
                    running.add(replay_id)
                    task = tasks.create_task(_take(replay_id, step))
                    task.add_done_callback(lambda _, ended=replay_id: running.discard(ended))  # type: ignore[misc]
            await asyncio.sleep(LOOK_S)


async def _wanted(database: Database) -> Mapping[UUID, str]:
    try:
        rows = await database.fetch("SELECT id, wanted FROM replays WHERE wanted IS NOT NULL ORDER BY id")
    except (psycopg.OperationalError, PoolTimeout):
        return {}  # the agents say that it is away
    return {row["id"]: row["wanted"] for row in rows}


async def _take(replay_id: UUID, step: str) -> None:
    logger = get_logger(__name__).bind(replay=str(replay_id), step=step)
    logger.info("taking a step of a replay")
    try:
        status = await run_child(("-P", "-m", "cli.run", "replay", step, str(replay_id)))
    except OSError as error:
        logger.warning("a step of a replay could not be started; trying again", error=str(error))
        status = FAILED
    if status:
        await asyncio.sleep(AGAIN_S)

"""The worker's process: all agents, each with a consumer group of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import partial
from typing import Any

from cli.agents import log_answers, report
from cli.compose import broker_of, credentials_of, worker_log
from cli.figures_keeper import keep_figures
from cli.followers import Followers, Live
from cli.ground import open_ground
from cli.in_use import WhileInUse
from cli.live_index import live_index
from cli.missing_keeper import MissingTerms
from cli.replay_steps import run_steps
from herofactory.platform.delivery import Agent, ChunkProcessor
from herofactory.platform.delivery.parked_postgres import PostgresParkedKeys
from herofactory.platform.delivery.publisher import Publisher
from herofactory.platform.parts import Heartbeat
from herofactory.platform.settings import Settings
from herofactory.platform.telemetry.metrics import PrometheusMetrics
from herofactory.platform.waiting import Waiting
from streams.faust_app import WorkerTimes
from streams.replay.ground import Ground
from streams.runtime import Worker
from streams.topics import ITEM_MIRRORED


async def run_worker(settings: Settings) -> None:
    """Runs until cancelled. Raises WorkerCrashed where Faust itself gave up: end the process and start it anew."""
    metrics, waiting = PrometheusMetrics(), Waiting()
    with worker_log(settings) as log:
        async with open_ground(settings, log, metrics, "hero-worker") as (ground, missing):
            with closing(missing):
                await _serve(ground, missing, waiting)


async def _serve(ground: Ground, missing: MissingTerms, waiting: Waiting) -> None:
    followers = Followers(_live(ground, waiting), ground, partial(_hire, ground))

    def told() -> tuple[str, Mapping[str, Any]]:
        return report(followers.health(), [*waiting.reasons, *followers.reasons], followers.joining)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(Heartbeat(ground.database, "worker", told).run())
        keep_figures(tasks, ground.database, ground.metrics)
        missing.start(tasks)
        tasks.create_task(run_steps(ground.database))
        await log_answers(ground.settings, followers.sources, waiting)
        await followers.run()


def _live(ground: Ground, waiting: Waiting) -> Sequence[Live]:
    agents = [make() for make in ground.agents.values()]
    opening = partial(live_index, ground.settings, ground.clock, ground.metrics, waiting)
    return (*map(Live.of, agents), Live("indexing", (ITEM_MIRRORED,), opening))


def _hire(ground: Ground, agents: Sequence[Agent], tells: Callable[[], bool]) -> Worker:
    settings = ground.settings

    def processor(agent: Agent, publisher: Publisher) -> ChunkProcessor:
        told = publisher if agent.tells_itself else WhileInUse(publisher, tells)
        parked = PostgresParkedKeys(ground.database) if agent.ordered else None
        return ChunkProcessor(agent, publisher=told, values=ground.values, metrics=ground.metrics, parked=parked)

    times = WorkerTimes(session_timeout=settings.session_timeout_s)
    return Worker(agents, broker_of(settings), processor, times, credentials_of(settings))

"""The worker's process: all agents, each with a consumer group of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import partial
from typing import Any

from cli.agents import log_answers, report
from cli.compose import broker_of, codec_of, credentials_of, dsn_of, values_of, worker_log
from cli.figures_keeper import keep_figures
from cli.followers import Followers, Live
from cli.in_use import WhileInUse
from cli.live_index import live_index
from cli.missing_keeper import MissingTerms
from cli.prompts import optimiser_of
from cli.replay_steps import run_steps
from herofactory.assets.open import open_store
from herofactory.assets.pictures import image_reader
from herofactory.moderation import policies
from herofactory.moderation.judges import judge_of
from herofactory.moderation.results import ModerationResults
from herofactory.platform.clock import SystemClock
from herofactory.platform.delivery import Agent, ChunkProcessor
from herofactory.platform.delivery.publisher import Publisher
from herofactory.platform.outbox import Outbox
from herofactory.platform.parts import Heartbeat
from herofactory.platform.postgres.database import Database
from herofactory.platform.settings import Settings
from herofactory.platform.telemetry.metrics import PrometheusMetrics
from herofactory.platform.waiting import Waiting
from herofactory.studio.prompts.service import Prompts
from herofactory.studio.prompts.storage import PromptResults
from streams.agents.answers import answers
from streams.agents.generation_figures import generation_figures
from streams.agents.insights import insights
from streams.agents.listing import listing
from streams.agents.moderation import moderation
from streams.agents.prompts import prompts
from streams.agents.similarity import similarity
from streams.agents.traffic import traffic
from streams.faust_app import WorkerTimes
from streams.replay.ground import Ground
from streams.runtime import Worker
from streams.topics import ITEM_MIRRORED


async def run_worker(settings: Settings) -> None:
    """Runs until cancelled. Raises WorkerCrashed where Faust itself gave up: end the process and start it anew."""
    metrics, waiting = PrometheusMetrics(), Waiting()
    with worker_log(settings) as log:
        codec = codec_of(settings, log)
        async with Database(
            dsn_of(settings), size=settings.database_pool, name="hero-worker", checked=False
        ) as database:
            ground = Ground(
                settings=settings,
                database=database,
                log=log,
                codec=codec,
                values=values_of(codec),
                clock=SystemClock(),
                metrics=metrics,
            )
            missing = MissingTerms(settings, database, codec)
            followers = Followers(live_of(ground, missing, waiting), ground, partial(_hire, ground))
            with closing(missing):
                await _serve(ground, followers, missing, waiting)


async def _serve(ground: Ground, followers: Followers, missing: MissingTerms, waiting: Waiting) -> None:
    def told() -> tuple[str, Mapping[str, Any]]:
        return report(followers.health(), [*waiting.reasons, *followers.reasons], followers.joining)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(Heartbeat(ground.database, "worker", told).run())
        keep_figures(tasks, ground.database, ground.metrics)
        missing.start(tasks)
        tasks.create_task(run_steps(ground.database))
        await log_answers(ground.settings, followers.sources, waiting)
        await followers.run()


def _hire(ground: Ground, agents: Sequence[Agent], tells: Callable[[], bool]) -> Worker:
    settings = ground.settings

    def processor(agent: Agent, publisher: Publisher) -> ChunkProcessor:
        return ChunkProcessor(
            agent, publisher=WhileInUse(publisher, tells), values=ground.values, metrics=ground.metrics
        )

    times = WorkerTimes(session_timeout=settings.session_timeout_s)
    return Worker(agents, broker_of(settings), processor, times, credentials_of(settings))


def live_of(ground: Ground, missing: MissingTerms, waiting: Waiting) -> Sequence[Live]:
    """Those of generation 1, and those that make nothing with generations."""
    settings, database, codec = ground.settings, ground.database, ground.codec
    clock, metrics = ground.clock, ground.metrics
    judge = judge_of(settings, database, policies.first())
    images = image_reader(database, open_store(settings))
    agents = (
        moderation(judge, ModerationResults(database), images, clock, metrics),
        listing(database, metrics),
        insights(database, codec, clock, metrics),
        traffic(database, clock, metrics),
        answers(missing.answers, metrics),
        similarity(database, images),
        generation_figures(database),
        prompts(
            optimiser_of(settings, database),
            Prompts(Outbox(codec)),
            PromptResults(database),
            database,
            images,
            clock,
            metrics,
        ),
    )
    index = Live("indexing", (ITEM_MIRRORED,), partial(live_index, settings, clock, metrics, waiting))
    return (*map(Live.of, agents), index)

"""The worker's process: all agents, each with a consumer group of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import closing

import psycopg

from cli.agents import log_answers, report
from cli.chores import every
from cli.compose import broker_of, credentials_of, dsn_of, values_of, worker_codec
from cli.figures_keeper import keep_figures
from cli.missing_keeper import MissingTerms
from cli.prompts import optimiser_of
from herofactory.assets.open import open_store
from herofactory.assets.pictures import image_reader
from herofactory.moderation import policies
from herofactory.moderation.judges import judge_of
from herofactory.moderation.results import ModerationResults
from herofactory.platform.adapters import without_password
from herofactory.platform.clock import SystemClock
from herofactory.platform.delivery import Agent, ChunkProcessor
from herofactory.platform.events import EventCodec
from herofactory.platform.outbox import Outbox
from herofactory.platform.parts import Heartbeat
from herofactory.platform.postgres.database import Database
from herofactory.platform.settings import Settings
from herofactory.platform.telemetry.metrics import Metrics, PrometheusMetrics
from herofactory.platform.waiting import Waiting
from herofactory.search.errors import IndexUnavailable
from herofactory.search.keeper import IndexKeeper
from herofactory.search.together import Together
from herofactory.studio.prompts.service import Prompts
from herofactory.studio.prompts.storage import PromptResults
from streams.agents.answers import answers
from streams.agents.generation_figures import generation_figures
from streams.agents.indexing import indexing
from streams.agents.insights import insights
from streams.agents.listing import listing
from streams.agents.moderation import moderation
from streams.agents.prompts import prompts
from streams.agents.similarity import similarity
from streams.agents.traffic import traffic
from streams.faust_app import WorkerTimes
from streams.runtime import Worker

SWEEP_S = 3600.0


async def run_worker(settings: Settings) -> None:
    """Runs until cancelled. Raises WorkerCrashed where Faust itself gave up: end the process and start it anew."""
    dsn = dsn_of(settings)
    metrics = PrometheusMetrics()
    keeper = IndexKeeper(settings, dsn)
    try:
        with worker_codec(settings) as codec:
            values = values_of(codec)
            async with Database(dsn, size=settings.database_pool, name="hero-worker", checked=False) as database:
                missing = MissingTerms(settings, database, codec)
                worker = Worker(
                    agents_of(settings, database, codec, keeper, missing, metrics),
                    broker_of(settings),
                    lambda agent, publisher: ChunkProcessor(agent, publisher=publisher, values=values, metrics=metrics),
                    WorkerTimes(session_timeout=settings.session_timeout_s),
                    credentials_of(settings),
                )
                with closing(missing):
                    await _serve(settings, worker, database, keeper, missing, metrics)
    finally:
        await keeper.close()


async def _serve(
    settings: Settings, worker: Worker, database: Database, keeper: IndexKeeper, missing: MissingTerms, metrics: Metrics
) -> None:
    waiting = Waiting()
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(Heartbeat(database, "worker", lambda: report(worker.health(), waiting.reasons)).run())
            keep_figures(tasks, database, metrics)
            missing.start(tasks)
            await log_answers(settings, worker.sources, waiting)
            tasks.create_task(_keep_index(settings, keeper, waiting))
            tasks.create_task(keeper.serve_rebuilds())
            # Usually it is open then. Where its server is down, only the agent that writes it has to wait.
            await keeper.tried.wait()
            await worker.start()
            await worker.wait()
    finally:
        await worker.stop()


async def _keep_index(settings: Settings, keeper: IndexKeeper, waiting: Waiting) -> None:
    what = "the search index"
    if settings.stack == "kafka":
        urls = settings.elasticsearch_url.get_secret_value().split(",")
        what = f"Elasticsearch at {', '.join(without_password(url.strip()) for url in urls)}"
    await waiting.until(what, keeper.open, (IndexUnavailable, psycopg.OperationalError))
    await every(SWEEP_S, keeper.sweep)


def agents_of(
    settings: Settings,
    database: Database,
    codec: EventCodec,
    keeper: IndexKeeper,
    missing: MissingTerms,
    metrics: Metrics,
) -> Sequence[Agent]:
    clock = SystemClock()
    judge = judge_of(settings, database, policies.first())
    images = image_reader(database, open_store(settings))
    return (
        moderation(judge, ModerationResults(database), images, clock, metrics),
        listing(database, metrics),
        indexing(Together(keeper.apply), clock, metrics),
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

"""What routes work with, opened once per process."""

from __future__ import annotations

import asyncio
from asyncio import Event
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import Annotated, cast

from anyio import CapacityLimiter
from fastapi import Depends
from starlette.requests import Request
from starlette.types import Scope

from api.cursor import Cursors
from api.observe.observer import Observer
from herofactory.accounts.signing_key import load_signing_key
from herofactory.accounts.tokens import TokenVerifier
from herofactory.assets.links import Links
from herofactory.assets.open import open_store
from herofactory.assets.store import AssetStore
from herofactory.catalog.service import Catalog
from herofactory.catalog.verdicts import Decisions
from herofactory.insights.privacy.pseudonym import Pseudonyms
from herofactory.moderation import Lexicon, LocalRules
from herofactory.moderation.glossary_nouns import glossary_nouns
from herofactory.platform.adapters import codec_of, dsn_of, open_log, without_password
from herofactory.platform.clock import Clock, SystemClock
from herofactory.platform.eventlog.port import EventLog
from herofactory.platform.events import EventCodec
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.platform.progress import ProgressBus
from herofactory.platform.rate_limit import RateLimiter
from herofactory.platform.replay.store import Replays
from herofactory.platform.settings import Settings
from herofactory.platform.spool import Limits, Spool
from herofactory.platform.stores import Stores, open_stores
from herofactory.platform.telemetry.metrics import Metrics, PrometheusMetrics
from herofactory.platform.waiting import Waiting
from herofactory.search.open import open_reader
from herofactory.search.port import SearchReader
from herofactory.studio.jobs.service import Generations
from herofactory.studio.jobs.ticket import Tickets
from herofactory.studio.jobs.words import Words
from herofactory.studio.presets.preset import Preset, presets
from herofactory.studio.prompts.service import Prompts
from herofactory.studio.prompts.similar import SimilarPrompts

SEARCH_THREADS = 4
# One picture of 25 million pixels takes some 200 MB while it is re-encoded.
IMAGE_THREADS = 1


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    database: Database
    log: EventLog
    search: SearchReader
    catalog: Catalog
    decisions: Decisions
    assets: AssetStore
    links: Links
    verifier: TokenVerifier
    cursors: Cursors
    limiter: RateLimiter
    metrics: Metrics
    clock: Clock
    search_threads: CapacityLimiter
    image_threads: CapacityLimiter
    loaded: Event
    """Set once the sample catalogue was found whole: what changes later is no loading any more."""
    waiting: Waiting
    observer: Observer
    progress: ProgressBus
    generations: Generations
    prompts: Prompts
    similar_prompts: SimilarPrompts
    presets: Mapping[str, Preset]
    words: Words
    tickets: Tickets
    replays: Replays


OpenServices = Callable[[Settings], AbstractAsyncContextManager[Services]]


@cache
def process_metrics() -> PrometheusMetrics:
    """Prometheus knows one registry per process, so there is one of these."""
    return PrometheusMetrics()


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """The adapters that `settings` choose. Raises what they raise when they cannot be opened."""
    async with AsyncExitStack() as stack:
        log = await asyncio.to_thread(open_log, settings)
        stack.callback(log.close)
        codec, waiting = codec_of(settings, log), Waiting()
        await stack.enter_async_context(_registered(settings, codec, waiting))
        search = await asyncio.to_thread(open_reader, settings)
        stack.callback(search.close)
        database = await stack.enter_async_context(Database(dsn_of(settings), size=settings.database_pool, name="api"))
        stores = await stack.enter_async_context(open_stores(settings, database, SystemClock(), "hero-api"))
        observer = await stack.enter_async_context(_observing(settings, database, log, codec))
        yield assemble(settings, database, log, codec, search, stores, waiting, observer)


@asynccontextmanager
async def _observing(
    settings: Settings, database: Database, log: EventLog, codec: EventCodec
) -> AsyncIterator[Observer]:
    clock, metrics = SystemClock(), process_metrics()
    limits = Limits(settings.spool_records, settings.spool_bytes, settings.spool_disk_bytes)
    spool = Spool(log, settings.folder / "spool", "api", metrics, limits)
    pseudonyms = Pseudonyms(database, clock)
    await pseudonyms.load_soon()
    keeping = asyncio.create_task(pseudonyms.keep())
    observer = Observer(codec, spool, pseudonyms, clock, metrics)
    try:
        yield observer
    finally:
        keeping.cancel()
        await asyncio.to_thread(observer.close)


@asynccontextmanager
async def _registered(settings: Settings, codec: EventCodec, waiting: Waiting) -> AsyncIterator[None]:
    """The schemas. While a registry is down its ids are remembered, and registering is tried again and again.

    Raises IncompatibleSchema.
    """

    async def register() -> None:
        await asyncio.to_thread(codec.register_all)

    try:
        await register()
    except ConnectionError:
        await asyncio.to_thread(codec.load_ids)
        what = f"the schema registry at {without_password(settings.registry_url.get_secret_value())}"
        # Whatever it answers later, this process serves by then: health tells of it, and nothing ends.
        task = asyncio.create_task(waiting.until(what, register, (Exception,)))
        try:
            yield
        finally:
            task.cancel()
    else:
        yield


def assemble(
    settings: Settings,
    database: Database,
    log: EventLog,
    codec: EventCodec,
    search: SearchReader,
    stores: Stores,
    waiting: Waiting,
    observer: Observer,
) -> Services:
    clock, outbox, key = SystemClock(), Outbox(codec), load_signing_key(settings.folder / "keys")
    return Services(
        settings=settings,
        database=database,
        log=log,
        search=search,
        catalog=Catalog(outbox),
        decisions=Decisions(outbox, clock),
        assets=open_store(settings),
        links=Links(key, settings.asset_url_ttl_s, clock),
        verifier=TokenVerifier(key),
        cursors=Cursors(key),
        limiter=stores.limiter,
        metrics=process_metrics(),
        clock=clock,
        search_threads=CapacityLimiter(SEARCH_THREADS),
        image_threads=CapacityLimiter(IMAGE_THREADS),
        loaded=Event(),
        waiting=waiting,
        observer=observer,
        progress=stores.progress,
        prompts=Prompts(outbox),
        similar_prompts=SimilarPrompts(database, embedded=settings.database_url is None),
        generations=Generations(outbox, quota=settings.generation_queue, deadline_s=settings.generation_deadline_s),
        presets=presets(),
        words=Words(LocalRules(Lexicon.core().extended(glossary_nouns()))),
        tickets=Tickets(key, clock),
        replays=Replays(outbox),
    )


def services_of(scope: Scope) -> Services:
    return cast(Services, scope["app"].state.services)


def _of_request(request: Request) -> Services:
    return services_of(request.scope)


Wired = Annotated[Services, Depends(_of_request)]

"""What has to be done every now and then, whatever the platform runs on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import psycopg

from herofactory.accounts import token_store
from herofactory.assets import unused
from herofactory.assets.store import AssetStore
from herofactory.catalog.service import Catalog
from herofactory.insights.privacy import keys
from herofactory.moderation import unneeded
from herofactory.platform import cache, idempotency, progress, rate_limit
from herofactory.platform.clock import Clock
from herofactory.platform.eventlog.port import LogError
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.platform.telemetry.logging import get_logger
from herofactory.search.errors import SearchError
from herofactory.studio.jobs import sweeper as jobs
from herofactory.studio.prompts import storage as prompts

ANNOUNCE_S = 2.0
"""Seconds between two looks for items whose content was changed by raw SQL."""
JOBS_S = 2.0
"""Seconds between two looks for jobs whose deadline has passed or whose bridge is gone for good."""
FORGET_S = 600.0
"""Seconds between two sweeps of old answers to requests with an Idempotency-Key, and of old keys of pseudonyms."""
SWEEP_S = 60.0
"""Seconds between two sweeps of what expires: it is read as gone from that moment on, so this only saves room."""
TIDY_S = 3600.0
"""Seconds between two looks for images that nothing shows any more."""
UNNEEDED_S = 86_400.0
"""Seconds between two looks for answers of moderation on what nobody offers any more: each reads all items."""


class Chores:
    """Those in the database."""

    def __init__(self, database: Database, catalog: Catalog, outbox: Outbox, store: AssetStore, clock: Clock) -> None:
        self._database = database
        self._store = store
        self._clock = clock
        self._catalog = catalog
        self._outbox = outbox

    def start(self, tasks: asyncio.TaskGroup) -> None:
        tasks.create_task(every(ANNOUNCE_S, self.announce))
        tasks.create_task(every(JOBS_S, self.end_jobs))
        tasks.create_task(every(FORGET_S, self.forget_answers))
        tasks.create_task(every(SWEEP_S, self.sweep_expired))
        tasks.create_task(every(TIDY_S, self.tidy_images))
        tasks.create_task(every(UNNEEDED_S, self.forget_unneeded))

    async def announce(self) -> None:
        async with self._database.transaction() as transaction:
            forgotten = await self._catalog.announce_forgotten(transaction)
        if forgotten:
            get_logger(__name__).info("announced items that were changed by raw SQL", items=forgotten)

    async def end_jobs(self) -> None:
        async with self._database.transaction() as transaction:
            ended = await jobs.sweep(transaction, self._outbox)
        if ended:
            get_logger(__name__).info("jobs were late or left behind by their bridge", jobs=ended)

    async def forget_answers(self) -> None:
        async with self._database.transaction() as transaction:
            await idempotency.sweep(transaction)
        async with self._database.transaction() as transaction:
            destroyed = await keys.sweep(transaction)
        if destroyed:
            get_logger(__name__).info("destroyed keys of pseudonyms that nothing kept was made with", keys=destroyed)

    async def sweep_expired(self) -> None:
        """Logins, kept prompts, and what Redis would forget by itself; where it holds that, the tables are empty."""
        for sweep in (rate_limit.sweep, cache.sweep, progress.sweep, token_store.sweep, prompts.sweep):
            async with self._database.transaction() as transaction:
                await sweep(transaction)

    async def tidy_images(self) -> None:
        now = self._clock.now()
        async with self._database.transaction() as transaction:
            forgotten = await unused.forget(transaction, now)
        discarded = await unused.discard(self._database, self._store, now)
        if forgotten or discarded:
            get_logger(__name__).info("images that nothing shows", forgotten=forgotten, discarded=discarded)

    async def forget_unneeded(self) -> None:
        if forgotten := await unneeded.forget(self._database, self._clock.now()):
            get_logger(__name__).info("answers of moderation on content that no item has", forgotten=forgotten)


async def every(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    """Do `work` again and again; while what it needs is down, the next turn tries anew."""
    while True:
        try:
            await work()
        except (psycopg.Error, OSError, LogError, SearchError) as error:
            get_logger(__name__).warning("housekeeping failed; trying again", work=work.__name__, error=str(error))
        await asyncio.sleep(seconds)

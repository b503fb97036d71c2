"""The writing side of one place: opens it, rebuilds it from the database where it must, applies the mirror."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import TypeVar

import psycopg

from herofactory.platform.delivery.errors import Outage
from herofactory.platform.settings import Settings
from herofactory.platform.telemetry.logging import get_logger
from herofactory.platform.waiting import Waiting
from herofactory.search import rebuild_requests, replays
from herofactory.search.approved import approved
from herofactory.search.document import ItemDocument
from herofactory.search.errors import IndexMissing, IndexUnavailable, SearchError
from herofactory.search.open import engine_of, index_places
from herofactory.search.places import FIRST
from herofactory.search.report import RebuildReport
from herofactory.search.write import Write, WriteOutcome

_SWEEP_S = 3600.0
_LOOK_S = 2.0
"""Seconds between two looks whether readers use the place."""
T = TypeVar("T")


class IndexKeeper:
    """All writing happens in one thread of its own, so the event loop goes on and heartbeats with it."""

    def __init__(self, settings: Settings, dsn: str, place: str = FIRST) -> None:
        """Writes to `place` alone, whichever readers use."""
        self.place = place
        self.engine = engine_of(settings)
        """For people who ask what is waited for."""
        self._places = index_places(settings)
        self._owner = self._places.owner(place)
        self._dsn = dsn
        self._thread = ThreadPoolExecutor(1, "index-writer")
        self._logger = get_logger(__name__).bind(place=place)
        self.is_open = False
        self.in_use = False
        """What is written here is found by readers. As of the last look."""
        self.tried = asyncio.Event()
        """Set once `open` has succeeded or failed for the first time."""

    async def open(self) -> None:
        """Rebuilds first where there is no index, or one of another version. May be called again after it raised.

        Raises SearchError, psycopg.Error.
        """
        try:
            active = await asyncio.to_thread(self._is_active)
            report = await self._run(lambda: self._owner.open(self._approved, self._alone, in_use=active))
        finally:
            self.tried.set()
        self.is_open = True
        await self.look()
        if report is not None:
            self._report(report)

    async def apply(self, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        """Raises Outage while the index is not open."""
        if not self.is_open:
            raise Outage("the search index is not open yet")
        return await self._run(lambda: self._owner.writer.apply(writes))

    async def sweep(self) -> None:
        """Forget what has been gone for longer than the retention."""
        await self._run(lambda: self._owner.writer.sweep(datetime.now(UTC)))

    async def look(self) -> None:
        """Do readers use this place?"""
        try:
            self.in_use = await asyncio.to_thread(self._places.in_use) == self.place
        except IndexMissing:  # whoever keeps the one in use will make it
            self.in_use = False

    async def serve_rebuilds(self) -> None:
        """Answer requests for a rebuild (`hero index rebuild`), while its place is in use, until cancelled."""
        await rebuild_requests.serve(self._dsn, self._rebuilt)

    async def close(self) -> None:
        await self._run(self._owner.close)
        self._thread.shutdown()
        self._places.close()

    async def _rebuilt(self, connection: psycopg.AsyncConnection) -> dict[str, object] | None:
        """None where another one keeps the place in use, and so will answer."""
        try:
            await self.look()
            if not self.in_use:
                return None
            if replay := await replays.open_one(connection):
                return {"error": replay}
            async with rebuild_requests.turn(connection) as is_ours:
                return await self._rebuild() if is_ours else None
        except (SearchError, psycopg.Error, OSError, ValueError) as error:
            return {"error": str(error)[:1000]}

    async def _rebuild(self) -> dict[str, object]:
        began = time.monotonic()
        report = await self._run(lambda: self._owner.rebuild(self._approved))
        self._report(report)
        return {"documents": report.indexed, "failed": len(report.failed), "seconds": time.monotonic() - began}

    def _approved(self) -> Iterator[ItemDocument]:
        return approved(self._dsn)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            rebuild_requests.wait_for_turn(connection)
            yield

    def _is_active(self) -> bool:
        with psycopg.connect(self._dsn) as connection:
            return replays.is_active(connection, self.place)

    def _report(self, report: RebuildReport) -> None:
        self._logger.info("search index rebuilt", documents=report.indexed, failed=report.failed[:5])

    async def _run(self, function: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, function)


@asynccontextmanager
async def keeping(keeper: IndexKeeper, waiting: Waiting | None = None) -> AsyncIterator[IndexKeeper]:
    """Opened, swept, and answering requests while it is held.

    Where its server is down, it opens as soon as that is there, and `waiting` says so. What waiting would not help, for
    example IndexBusy, ends it.
    """
    try:
        async with asyncio.TaskGroup() as tasks:
            chores = [
                tasks.create_task(_keep(keeper, waiting or Waiting())),
                tasks.create_task(keeper.serve_rebuilds()),
            ]
            try:
                # Usually it is open then. Where its server is down, only the agent that writes it has to wait.
                await keeper.tried.wait()
                yield keeper
            finally:
                for chore in chores:
                    chore.cancel()
    finally:
        await keeper.close()


async def _keep(keeper: IndexKeeper, waiting: Waiting) -> None:
    """What fails is tried again with the next turn."""
    await waiting.until(keeper.engine, keeper.open, (IndexUnavailable, psycopg.OperationalError))
    swept = -_SWEEP_S
    while True:
        try:
            await keeper.look()
            if time.monotonic() - swept >= _SWEEP_S:
                await keeper.sweep()
                swept = time.monotonic()
        except (SearchError, psycopg.Error, OSError) as error:
            get_logger(__name__).warning("the index cannot be kept; trying again", place=keeper.place, error=str(error))
        await asyncio.sleep(_LOOK_S)

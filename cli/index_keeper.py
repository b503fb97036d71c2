"""The search index's writing side: opens it, rebuilds it from the database where it must, applies the mirror."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar

import psycopg

from cli.index_rebuild import ASK, TELL
from herofactory.platform.delivery.errors import Outage
from herofactory.platform.settings import Settings
from herofactory.platform.telemetry.logging import get_logger
from herofactory.search.document import ItemDocument
from herofactory.search.errors import DocumentError, SearchError
from herofactory.search.open import index_owner
from herofactory.search.report import RebuildReport
from herofactory.search.write import Write, WriteOutcome

_RETRY_S = 1.0
_BUILD_LOCK = 0x494E4458
"""Of the database: one process at a time builds an index; of several that are asked, one answers."""
T = TypeVar("T")


class IndexKeeper:
    """All writing happens in one thread of its own, so the event loop goes on and heartbeats with it."""

    def __init__(self, settings: Settings, dsn: str) -> None:
        self._owner = index_owner(settings)
        self._dsn = dsn
        self._thread = ThreadPoolExecutor(1, "index-writer")
        self._logger = get_logger(__name__)
        self._is_open = False
        self.tried = asyncio.Event()
        """Set once `open` has succeeded or failed for the first time."""

    async def open(self) -> None:
        """Rebuilds first where there is no index, or one of another version. May be called again after it raised.

        Raises SearchError; psycopg.Error where it rebuilds.
        """
        try:
            report = await self._run(self._owner.open, self._approved, self._alone)
        finally:
            self.tried.set()
        self._is_open = True
        if report is not None:
            self._report(report)

    async def apply(self, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        """Raises Outage while the index is not open."""
        if not self._is_open:
            raise Outage("the search index is not open yet")
        return await self._run(self._owner.writer.apply, writes)

    async def sweep(self) -> None:
        """Forget what has been gone for longer than the retention."""
        await self._run(self._owner.writer.sweep, datetime.now(UTC))

    async def serve_rebuilds(self) -> None:
        """Answer requests for a rebuild (`hero index rebuild`) until cancelled."""
        while True:
            try:
                await self._listen()
            except psycopg.Error as error:
                self._logger.warning("not listening for rebuild requests; trying again", error=str(error))
                await asyncio.sleep(_RETRY_S)

    async def close(self) -> None:
        await self._run(self._owner.close)
        self._thread.shutdown()

    async def _listen(self) -> None:
        async with await psycopg.AsyncConnection.connect(self._dsn, autocommit=True) as connection:
            await connection.execute(f"LISTEN {ASK}")
            while True:
                # Collected first: while they are iterated over, the connection takes no other statement.
                for notice in [each async for each in connection.notifies(stop_after=1)]:
                    if (found := await self._rebuilt(connection)) is not None:
                        answer = json.dumps({"id": notice.payload, **found})
                        await connection.execute("SELECT pg_notify(%s, %s)", (TELL, answer))

    async def _rebuilt(self, connection: psycopg.AsyncConnection) -> dict[str, object] | None:
        """None where another worker is at it, who will answer."""
        cursor = await connection.execute("SELECT pg_try_advisory_lock(%s)", (_BUILD_LOCK,))
        if await cursor.fetchone() != (True,):
            return None
        try:
            return await self._rebuild()
        finally:
            await connection.execute("SELECT pg_advisory_unlock(%s)", (_BUILD_LOCK,))

    async def _rebuild(self) -> dict[str, object]:
        began = time.monotonic()
        try:
            report = await self._run(self._owner.rebuild, self._approved)
        except (SearchError, psycopg.Error, OSError, ValueError) as error:
            return {"error": str(error)[:1000]}
        self._report(report)
        return {"documents": report.indexed, "failed": len(report.failed), "seconds": time.monotonic() - began}

    def _approved(self) -> Iterator[ItemDocument]:
        return approved(self._dsn)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", (_BUILD_LOCK,))
            yield

    def _report(self, report: RebuildReport) -> None:
        self._logger.info("search index rebuilt", documents=report.indexed, failed=report.failed[:5])

    async def _run(self, function: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: function(*arguments))


def approved(dsn: str) -> Iterator[ItemDocument]:
    """Every approved item in one snapshot, as the mirror writes it.

    No offset has to be noted: what the mirror told before the snapshot is in it, and what it tells afterwards is still
    to come, in order, with higher revisions.
    """
    with psycopg.connect(dsn) as connection, connection.cursor("approved") as cursor:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        cursor.execute("SELECT item_document(items) FROM items WHERE status = 'approved' ORDER BY id")
        for (document,) in cursor:
            try:
                yield ItemDocument.from_json(document)
            except DocumentError as error:  # as the indexing agent does: one bad row holds up no other
                get_logger(__name__).warning("an item cannot be indexed", item=document["id"], error=str(error))

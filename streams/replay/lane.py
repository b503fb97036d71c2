"""One partition on its way through one agent."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from herofactory.platform.clock import Clock
from herofactory.platform.delivery.processor import ChunkProcessor
from herofactory.platform.eventlog.port import EventLog, LogUnavailable
from herofactory.platform.replay.throttle import Throttle
from streams.groups import group_of
from streams.replay.pages import Page, Pages
from streams.replay.patience import patiently

GRACE_S = 5.0


class Overtaken(Exception):
    """Retention has taken records before they were read."""


@dataclass(frozen=True, slots=True)
class Way:
    """What the lanes of one agent share."""

    processor: ChunkProcessor
    log: EventLog
    clock: Clock
    throttle: Throttle

    @property
    def group(self) -> str:
        return group_of(self.processor.agent.label)


class Lane:
    def __init__(self, way: Way, pages: Pages, topic: str, partition: int, position: int, gaps: bool) -> None:
        """`gaps`: records that are gone are passed over, because compaction took them or because that was agreed to."""
        self._way, self._pages, self._gaps = way, pages, gaps
        self.topic, self.partition, self.position = topic, partition, position
        self._committing: asyncio.Task[None] | None = None

    async def run_to(self, end: int) -> None:
        """Returns when all before `end` is stored and committed. Cancel it at any time: what is not committed is done
        again. Raises Overtaken, and what the log raises but for outages."""
        if self.position >= end:
            return
        ahead = self._ahead(self.position, end)
        try:
            while self.position < end:
                page = await ahead
                if page.next < end:
                    ahead = self._ahead(page.next, end)
                await self._take(page)
            await self._committed()
        finally:
            ahead.cancel()
            await self._leave()

    async def _take(self, page: Page) -> None:
        if page.found != page.first and not self._gaps:
            await self._refuse_gap(page)
        if page.records:
            async with self._way.throttle.turn(len(page.records)):
                await self._way.processor.process(page.records)
        await self._committed()
        # While it is written down, the next page is worked on.
        self._committing = asyncio.create_task(self._commit(page.next))
        self.position = page.next

    async def _commit(self, position: int) -> None:
        way = self._way
        await patiently(way.clock, partial(way.log.commit, way.group, self.topic, {self.partition: position}))

    async def _committed(self) -> None:
        if self._committing is not None:
            # Whoever cancels this wait does not cancel what is being written down: `_leave` waits for that.
            await asyncio.shield(self._committing)
            self._committing = None

    async def _leave(self) -> None:
        """What is being written down may end, unless the log is away."""
        committing, self._committing = self._committing, None
        if committing is not None:
            await asyncio.wait([committing], timeout=GRACE_S)
            committing.cancel()

    def _ahead(self, start: int, end: int) -> asyncio.Task[Page]:
        return asyncio.create_task(self._read(start, end))

    async def _read(self, start: int, end: int) -> Page:
        if self._pages.at_hand:
            with suppress(LogUnavailable):
                return self._pages.read(start, end)
        return await patiently(self._way.clock, partial(self._pages.read, start, end))

    async def _refuse_gap(self, page: Page) -> None:
        held = await patiently(self._way.clock, partial(self._way.log.offsets, self.topic))
        earliest = held[self.partition].earliest
        if earliest > page.first:
            raise Overtaken(
                f"{self.topic}, partition {self.partition}: retention has taken {earliest - page.first:,} records "
                f"before they were read (offsets {page.first} to {earliest - 1}). Plan again with --accept-gap, or "
                "raise the retention of the topic first"
            )

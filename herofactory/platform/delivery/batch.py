"""A whole chunk at once, for sinks: outcomes per record, halves where the sink cannot say which record it was."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from herofactory.platform.delivery.agent import OK, BatchHandler, Outcome
from herofactory.platform.delivery.delivery import Delivery
from herofactory.platform.delivery.errors import Fatal, Outage, Poison
from herofactory.platform.delivery.fate import Fate
from herofactory.platform.delivery.outlet import Outlet
from herofactory.platform.delivery.retrier import Rejected
from herofactory.platform.delivery.settler import Settler
from herofactory.platform.records import Record

Item = tuple[Record, Any]
"""A record and what the sink gets of it."""


@dataclass(slots=True)
class _Work:
    waiting: Sequence[Item]
    outlet: Outlet
    probe: bool = False


class Batch:
    def __init__(self, handle: BatchHandler, settler: Settler) -> None:
        self._handle = handle
        self._settler = settler
        self._places = asyncio.Semaphore(settler.agent.chunks)

    async def settle(self, records: Sequence[Record], outlet: Outlet) -> None:
        """Tells `outlet` of every record; of those of one key in order."""
        async with self._places:
            items = self._at_once(records) or await self._one_by_one(records, outlet)
            await self._work(_Work(items, outlet), self._settler.agent.retry.attempts)

    def _at_once(self, records: Sequence[Record]) -> Sequence[Item]:
        """Nothing where that is not all there is to it: the long way says what it is, and takes 3 µs a record."""
        if self._settler.breaker.halted:
            return ()
        read = self._settler.read
        try:
            return [(record, read(record)) for record in records]
        except Exception:  # noqa: BLE001 (said and classified on the long way)
            return ()

    async def _one_by_one(self, records: Sequence[Record], outlet: Outlet) -> Sequence[Item]:
        return [item for record in records if (item := await self._read(record, outlet))]

    async def _read(self, record: Record, outlet: Outlet) -> Item | None:
        async def step(_attempt: int) -> Any:
            return self._settler.read(record)

        while True:
            await self._settler.breaker.enter()
            try:
                return record, await self._settler.retrier.run(step)
            except Rejected as rejected:
                if fate := self._settler.reject(record, rejected):
                    outlet.put(fate)
                    return None

    async def _work(self, work: _Work, attempts: int) -> None:
        while work.waiting:
            work.probe = await self._settler.breaker.enter()
            try:
                await self._settler.retrier.run(partial(self._round, work), attempts=attempts)
            except Rejected as rejected:
                if len(work.waiting) > 1:
                    await self._halves(work)
                    return
                if fate := self._settler.reject(work.waiting[0][0], rejected):
                    work.outlet.put(fate)
                    return

    async def _halves(self, work: _Work) -> None:
        """One of these is broken and the sink did not say which: try each half once, down to the single record."""
        middle = len(work.waiting) // 2
        for half in (work.waiting[:middle], work.waiting[middle:]):
            attempts = 1 if len(half) > 1 else self._settler.agent.retry.attempts
            await self._work(_Work(half, work.outlet), attempts)

    async def _round(self, work: _Work, attempt: int) -> None:
        """Offers what waits to the sink and leaves in `work.waiting` what has to be offered again."""
        batch = [item for _, item in work.waiting]
        if attempt > 1:
            batch = [replace(item, attempt=attempt) if isinstance(item, Delivery) else item for item in batch]
        outcomes = await self._settler.within_time(self._handle(batch))
        if len(outcomes) != len(batch):
            raise Fatal(f"handle_batch gave {len(outcomes)} outcomes for {len(batch)} deliveries")
        if outcomes.count(OK) == len(outcomes):
            self._settler.breaker.passed(work.probe, len(outcomes))
            work.outlet.done(len(outcomes))
            work.waiting = ()
            return
        self._take(work, outcomes, attempt)
        for outcome in outcomes:
            if outcome.kind == "fatal":
                raise Fatal(outcome.cause)
        for outcome in outcomes:
            if outcome.kind == "transient":
                raise Outage(outcome.cause)

    def _take(self, work: _Work, outcomes: Sequence[Outcome], attempt: int) -> None:
        blocked: set[bytes] = set()
        left: list[Item] = []
        for item, outcome in zip(work.waiting, outcomes, strict=True):
            record, _ = item
            # What follows an unsettled record of its key is offered again behind it, so that the last write stays last.
            fate = None if record.key in blocked else self._fate(record, outcome, attempt, work.probe)
            if fate:
                work.outlet.put(fate)
                continue
            left.append(item)
            if record.key is not None:
                blocked.add(record.key)
        work.waiting = left

    def _fate(self, record: Record, outcome: Outcome, attempt: int, probe: bool) -> Fate | None:
        if outcome.kind == "ok":
            self._settler.breaker.passed(probe)
            return Fate(record, outcome.outputs)
        if outcome.kind == "record":
            return self._settler.reject(record, Rejected(Poison(outcome.cause), attempt))
        return None

"""A whole chunk at once, for sinks: outcomes per record, halves where the sink cannot say which record it was."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from herofactory.platform.delivery.agent import BatchHandler, Outcome
from herofactory.platform.delivery.delivery import Delivery
from herofactory.platform.delivery.errors import Fatal, Outage, Poison
from herofactory.platform.delivery.fate import Fate
from herofactory.platform.delivery.outlet import Emit
from herofactory.platform.delivery.retrier import Rejected
from herofactory.platform.delivery.settler import Settler
from herofactory.platform.records import Record


@dataclass(slots=True)
class _Work:
    waiting: Sequence[Delivery]
    emit: Emit
    probe: bool = False


class Batch:
    def __init__(self, handle: BatchHandler, settler: Settler) -> None:
        self._handle = handle
        self._settler = settler
        self._places = asyncio.Semaphore(settler.agent.chunks)

    async def settle(self, records: Sequence[Record], emit: Emit) -> None:
        """Emits the fate of every record; those of one key in order."""
        async with self._places:
            deliveries = [delivery for record in records if (delivery := await self._decode(record, emit))]
            await self._work(_Work(deliveries, emit), self._settler.agent.retry.attempts)

    async def _decode(self, record: Record, emit: Emit) -> Delivery | None:
        if not self._settler.breaker.halted:
            try:
                return self._settler.read(record)
            except Exception:  # noqa: BLE001, S110 (the long way says what it is; most never need it, and it takes 3 µs)
                pass
        while True:
            await self._settler.breaker.enter()
            try:
                return await self._settler.retrier.run(partial(self._settler.decode, record))
            except Rejected as rejected:
                if fate := self._settler.reject(record, rejected):
                    emit(fate)
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
                record = work.waiting[0].record
                if fate := self._settler.reject(record, rejected):
                    work.emit(fate)
                    return

    async def _halves(self, work: _Work) -> None:
        """One of these is broken and the sink did not say which: try each half once, down to the single record."""
        middle = len(work.waiting) // 2
        for half in (work.waiting[:middle], work.waiting[middle:]):
            attempts = 1 if len(half) > 1 else self._settler.agent.retry.attempts
            await self._work(_Work(half, work.emit), attempts)

    async def _round(self, work: _Work, attempt: int) -> None:
        """Offers what waits to the sink and leaves in `work.waiting` what has to be offered again."""
        batch = [replace(delivery, attempt=attempt) for delivery in work.waiting] if attempt > 1 else work.waiting
        outcomes = await self._settler.within_time(self._handle(batch))
        if len(outcomes) != len(batch):
            raise Fatal(f"handle_batch gave {len(outcomes)} outcomes for {len(batch)} deliveries")
        self._take(work, outcomes)
        for outcome in outcomes:
            if outcome.kind == "fatal":
                raise Fatal(outcome.cause)
        for outcome in outcomes:
            if outcome.kind == "transient":
                raise Outage(outcome.cause)

    def _take(self, work: _Work, outcomes: Sequence[Outcome]) -> None:
        blocked: set[bytes] = set()
        left: list[Delivery] = []
        for delivery, outcome in zip(work.waiting, outcomes, strict=True):
            key = delivery.record.key
            # What follows an unsettled record of its key is offered again behind it, so that the last write stays last.
            fate = None if key in blocked else self._fate(delivery, outcome, work)
            if fate:
                work.emit(fate)
                continue
            left.append(delivery)
            if key is not None:
                blocked.add(key)
        work.waiting = left

    def _fate(self, delivery: Delivery, outcome: Outcome, work: _Work) -> Fate | None:
        if outcome.kind == "ok":
            self._settler.breaker.passed(work.probe)
            return Fate(delivery.record, outcome.outputs)
        if outcome.kind == "record":
            return self._settler.reject(delivery.record, Rejected(Poison(outcome.cause), delivery.attempt))
        return None

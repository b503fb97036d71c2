"""One record to its fate: decode, handle, retry, reject within the limits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

from herofactory.platform.clock import Clock
from herofactory.platform.delivery.agent import Agent
from herofactory.platform.delivery.dead_letter import DeadClass, DeadLetter
from herofactory.platform.delivery.delivery import Delivery, decode
from herofactory.platform.delivery.errors import Outage, Undecodable
from herofactory.platform.delivery.fate import Fate
from herofactory.platform.delivery.limit import Breaker
from herofactory.platform.delivery.redriven import Redriven
from herofactory.platform.delivery.retrier import Rejected, Retrier, describe
from herofactory.platform.delivery.values import Values
from herofactory.platform.eventlog.port import Position
from herofactory.platform.records import Record
from herofactory.platform.telemetry.logging import get_logger
from herofactory.platform.telemetry.tracing import set_traceparent

T = TypeVar("T")


class Settler:
    def __init__(self, agent: Agent, values: Values, clock: Clock, retrier: Retrier, breaker: Breaker) -> None:
        self.agent = agent
        self.retrier = retrier
        self.breaker = breaker
        self._values = values
        self._clock = clock
        self._retry_topic = agent.retry_topic
        self._log = get_logger("delivery").bind(agent=agent.label)

    async def settle(self, record: Record) -> Fate:
        return await self.attempt(record, partial(self._handle, record))

    async def attempt(self, record: Record, step: Callable[[int], Awaitable[Fate]]) -> Fate:
        """`step`'s fate for `record`, or a dead letter where it is rejected and the limits allow it."""
        while True:
            probe = await self.breaker.enter()
            try:
                fate = await self.retrier.run(step)
            except Rejected as rejected:
                fate_or_none = self.reject(record, rejected)
                if fate_or_none:
                    return fate_or_none
            else:
                self.breaker.passed(probe)
                return fate

    def reject(self, record: Record, rejected: Rejected, kind: DeadClass | None = None) -> Fate | None:
        """None where the limits are exceeded: the agent is halted now and the record stays in work."""
        # One that comes back as the letter it was drains no topic: it says nothing against the agent.
        if not self.breaker.admits(describe(rejected.error), counts=not isinstance(record, Redriven)):
            return None
        letter = DeadLetter.of(
            self.agent.name,
            record,
            rejected.error,
            attempts=rejected.attempts,
            at=self._clock.now(),
            kind=kind,
            ordered=self.agent.ordered and record.key is not None,
            label=self.agent.label,
        )
        self._log.warning("dead letter", id=letter.id, cause=letter.cause, message=letter.message)
        return Fate(record, letter=letter)

    def parked(self, record: Record, behind: Position) -> DeadLetter:
        what = f"{behind.topic}/{behind.partition}@{behind.offset}"
        return DeadLetter.parked(self.agent.name, record, what, at=self._clock.now(), label=self.agent.label)

    async def decode(self, record: Record, attempt: int = 1) -> Delivery:
        self._refuse_foreign(record)
        return decode(record, self._values, attempt)

    def read(self, record: Record) -> Any:
        """What the agent's `handle_batch` gets of it. Raises Undecodable, or what an unreachable registry raises."""
        self._refuse_foreign(record)
        if self.agent.read is None:
            return decode(record, self._values)
        try:
            return self.agent.read(record)
        except (ValueError, RecursionError) as error:
            raise Undecodable(f"{type(error).__name__}: {error}") from error

    async def within_time(self, call: Awaitable[T]) -> T:
        """Raises Outage beyond the agent's `timeout_s`."""
        try:
            async with asyncio.timeout(self.agent.timeout_s) as limit:
                return await call
        except TimeoutError as error:
            if limit.expired():
                raise Outage(f"the handler took longer than {self.agent.timeout_s:g} s") from error
            raise

    def _refuse_foreign(self, record: Record) -> None:
        if record.topic == self._retry_topic:
            raise Undecodable("no redrive wrote this record: it does not say where it comes from")

    async def _handle(self, record: Record, attempt: int) -> Fate:
        assert self.agent.handle is not None
        delivery = await self.decode(record, attempt)
        set_traceparent(delivery.traceparent)
        return Fate(record, tuple(await self.within_time(self.agent.handle(delivery))))

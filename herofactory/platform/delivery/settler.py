"""One record to its fate: decode, handle, retry, reject within the limits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from herofactory.platform.clock import Clock
from herofactory.platform.delivery.agent import Agent
from herofactory.platform.delivery.dead_letter import DeadClass, DeadLetter
from herofactory.platform.delivery.delivery import Delivery, decode
from herofactory.platform.delivery.fate import Fate
from herofactory.platform.delivery.limit import Breaker
from herofactory.platform.delivery.retrier import Rejected, Retrier, describe
from herofactory.platform.delivery.values import Values
from herofactory.platform.records import Outgoing, Record
from herofactory.platform.telemetry.tracing import set_traceparent


class Settler:
    def __init__(self, agent: Agent, values: Values, clock: Clock, retrier: Retrier, breaker: Breaker) -> None:
        self.agent = agent
        self.retrier = retrier
        self.breaker = breaker
        self._values = values
        self._clock = clock

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
        if not self.breaker.admits(describe(rejected.error)):
            return None
        letter = DeadLetter.of(
            self.agent.name, record, rejected.error, attempts=rejected.attempts, at=self._clock.now(), kind=kind
        )
        return Fate(record, letter=letter)

    def park(self, record: Record, behind: str) -> Fate:
        return Fate(record, letter=DeadLetter.parked(self.agent.name, record, behind, at=self._clock.now()))

    async def decode(self, record: Record, attempt: int = 1) -> Delivery:
        return decode(record, self._values, attempt)

    async def _handle(self, record: Record, attempt: int) -> Fate:
        assert self.agent.handle is not None
        delivery = await self.decode(record, attempt)
        set_traceparent(delivery.traceparent)
        outputs: tuple[Outgoing, ...] = tuple(await self.agent.handle(delivery))
        return Fate(record, outputs)

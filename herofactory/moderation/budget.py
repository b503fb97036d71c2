"""What moderation may cost in a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from herofactory.platform.clock import Clock


@dataclass(frozen=True, slots=True)
class Spending:
    """`calls` to the provider, and their cost in micro-USD (1e-6 USD)."""

    calls: int
    micro_usd: int

    def __post_init__(self) -> None:
        if self.calls < 0 or self.micro_usd < 0:
            raise ValueError(f"spending is not negative: {self}")


NOTHING = Spending(0, 0)


class Budget(Protocol):
    async def take(self, estimate: Spending) -> bool:
        """Reserve it in one atomic step, or answer False and reserve nothing. Several workers share one budget."""

    async def settle(self, estimate: Spending, spent: Spending) -> None:
        """Put what was spent in the place of what `take` reserved. Not called when a worker dies in between: then the
        estimate stays spent, which errs on the cheap side."""


class DailyBudget:
    """For one process and for tests: `limit` per UTC day. What was reserved before midnight and settles after it may
    give back no more than the new day has spent."""

    def __init__(self, limit: Spending, clock: Clock) -> None:
        self._limit = limit
        self._clock = clock
        self._day: date | None = None
        self._calls = 0
        self._micro_usd = 0

    @property
    def spent(self) -> Spending:
        return Spending(self._calls, self._micro_usd)

    async def take(self, estimate: Spending) -> bool:
        self._turn_page()
        calls, micro_usd = self._calls + estimate.calls, self._micro_usd + estimate.micro_usd
        if calls > self._limit.calls or micro_usd > self._limit.micro_usd:
            return False
        self._calls, self._micro_usd = calls, micro_usd
        return True

    async def settle(self, estimate: Spending, spent: Spending) -> None:
        self._turn_page()
        self._calls = max(0, self._calls + spent.calls - estimate.calls)
        self._micro_usd = max(0, self._micro_usd + spent.micro_usd - estimate.micro_usd)

    def _turn_page(self) -> None:
        today = self._clock.now().date()
        if today != self._day:
            self._day, self._calls, self._micro_usd = today, 0, 0

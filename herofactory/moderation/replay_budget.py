"""What a replay may cost, and not the day: it was stated when the replay was planned."""

from __future__ import annotations

from herofactory.moderation.budget import Budget, Spending
from herofactory.moderation.results import TARGET
from herofactory.platform.postgres.database import Database
from herofactory.platform.replay import generations


class ReplayBudget:
    """A `Budget`: the replay's own until its generation is in use, the day's from then on."""

    def __init__(self, database: Database, generation: int, daily: Budget) -> None:
        self._database = database
        self._generation = generation
        self._daily = daily
        self._of_the_day: list[Spending] = []
        """Reserved there and not settled yet: a swap may come between."""

    async def take(self, estimate: Spending) -> bool:
        if await self._in_use():
            taken = await self._daily.take(estimate)
            self._of_the_day += [estimate] * taken
            return taken
        row = await self._database.fetch_one(
            "UPDATE moderation_policies SET calls = calls + %s, micro_usd = micro_usd + %s"
            " WHERE generation = %s AND calls + %s <= most_calls RETURNING generation",
            estimate.calls,
            estimate.micro_usd,
            self._generation,
            estimate.calls,
        )
        return row is not None

    async def settle(self, estimate: Spending, spent: Spending) -> None:
        if estimate in self._of_the_day:
            self._of_the_day.remove(estimate)
            return await self._daily.settle(estimate, spent)
        await self._database.fetch(
            "UPDATE moderation_policies SET calls = greatest(0, calls + %s), micro_usd = greatest(0, micro_usd + %s)"
            " WHERE generation = %s RETURNING generation",
            spent.calls - estimate.calls,
            spent.micro_usd - estimate.micro_usd,
            self._generation,
        )
        return None

    async def _in_use(self) -> bool:
        async with self._database.connection() as connection:
            return await generations.active(connection, TARGET) == self._generation

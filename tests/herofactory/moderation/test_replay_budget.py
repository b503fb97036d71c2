from __future__ import annotations

import asyncio

import pytest

from herofactory.moderation import DailyBudget, Spending, policies
from herofactory.moderation.in_use import keep_policy
from herofactory.moderation.replay_budget import ReplayBudget
from herofactory.platform.clock import SystemClock
from herofactory.platform.postgres.database import Database
from herofactory.platform.replay import generations

pytestmark = pytest.mark.anyio
ONE = Spending(1, 10)


@pytest.fixture
def daily() -> DailyBudget:
    return DailyBudget(Spending(100, 10**6), SystemClock())


@pytest.fixture
async def budget(database: Database, daily: DailyBudget) -> ReplayBudget:
    async with database.transaction() as transaction:
        await generations.adopt(transaction, "moderation", policies.FIRST)
        await generations.add(transaction, "moderation", 2, "2026-12")
        await keep_policy(transaction, 2, policies.text_of("2026-12"), 5)
    return ReplayBudget(database, 2, daily)


async def spent(database: Database) -> Spending:
    row = await database.fetch_one("SELECT calls, micro_usd FROM moderation_policies WHERE generation = 2")
    assert row is not None
    return Spending(**row)


async def test_it_ends_exactly_where_it_was_stated(budget: ReplayBudget, database: Database) -> None:
    taken = await asyncio.gather(*(budget.take(ONE) for _ in range(12)))
    assert sum(taken) == 5
    assert await spent(database) == Spending(5, 50)


async def test_what_was_not_spent_is_given_back(budget: ReplayBudget, database: Database) -> None:
    assert await budget.take(Spending(5, 100))
    await budget.settle(Spending(5, 100), Spending(1, 7))
    assert await spent(database) == Spending(1, 7)
    assert await budget.take(Spending(4, 1))


async def test_the_day_pays_nothing_before_its_generation_is_in_use_and_everything_after(
    budget: ReplayBudget, database: Database, daily: DailyBudget
) -> None:
    await budget.take(ONE)
    async with database.transaction() as transaction:
        await generations.activate(transaction, "moderation", 2)
    await budget.settle(ONE, ONE)
    assert (await spent(database), daily.spent) == (ONE, Spending(0, 0))
    assert await budget.take(Spending(2, 20))
    await budget.settle(Spending(2, 20), ONE)
    assert (await spent(database), daily.spent) == (ONE, ONE)

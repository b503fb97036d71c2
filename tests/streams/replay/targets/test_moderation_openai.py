"""Another policy judges by what was paid for; what is missing is asked within a stated budget, and never twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from herofactory.catalog.item import Item
from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.events import EventCodec
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.platform.replay import generations
from herofactory.platform.replay.replay import Replay
from herofactory.platform.replay.store import Replays
from herofactory.platform.replay.target import Cost, ReplayRefused
from herofactory.platform.replay.verification import Verification
from herofactory.platform.settings import Settings
from streams.replay.ground import Ground
from streams.replay.planner import Planner
from streams.replay.request import Request
from streams.replay.runner import Runner
from streams.replay.swapper import Swapper
from streams.replay.targets.moderation import Moderation
from streams.replay.verifier import Verifier
from tests.herofactory.moderation.openai.conftest import Provider
from tests.herofactory.moderation.openai.conftest import provider as _provider
from tests.support.shop import PLAIN, Shop

pytestmark = pytest.mark.anyio
provider = _provider
SHIELD = replace(PLAIN, name="강철 방패", description="단단한 방패", category="armor", tags=())
STRICTER = {"policy": "2026-12"}
USD = 10**9


@pytest.fixture
def settings(settings: Settings, provider: Provider) -> Settings:
    remote = {"moderation": "openai", "openai_api_key": SecretStr("sk-test"), "openai_base_url": provider.url}
    return settings.model_copy(update=remote)


class Steps:
    """The steps of a replay, by the product's own parts; the live agent works beside them."""

    def __init__(self, ground: Ground, shop: Shop, outbox: Outbox, stack: AsyncExitStack) -> None:
        self.ground, self.shop, self.replays = ground, shop, Replays(outbox)
        self.planner, self.target, self._stack = Planner(ground, self.replays), Moderation(ground), stack
        self.swapper = Swapper(self.target, ground.database, self.replays, ground.log, ground.clock)

    async def hire(self, number: int, place: str = "") -> None:
        for agent in await self._stack.enter_async_context(self.target.writing(number, place)):
            self.shop.hire(agent)

    async def run(self, **wishes: Any) -> Replay:
        plan = await self.planner.draft(Request(target="moderation", **wishes))
        replay = await self.planner.save(plan)
        replay = await Runner(self.ground, self.replays).run(replay.id)
        await self.hire(replay.generation)
        return replay

    async def verify(self, replay: Replay) -> Verification:
        await self.shop.settle()
        async with self.ground.database.connection() as connection:
            old, new = await generations.of(connection, "moderation")
        found = await Verifier(self.target, self.ground.log, self.ground.clock).verify(old, new)
        async with self.ground.database.transaction() as transaction:
            state = "verified" if found.passed else "differs"
            await self.replays.come_to(transaction, replay.id, state, verification=found.to_json())  # type: ignore[arg-type]
        return found


@pytest.fixture
async def steps(
    ground: Ground, shop: Shop, outbox: Outbox, database: Database, log: EmbeddedLog, codec: EventCodec
) -> AsyncIterator[Steps]:
    async with AsyncExitStack() as stack:
        steps = Steps(ground, shop, outbox, stack)
        await steps.hire(generations.FIRST)
        yield steps


async def bought(steps: Steps, provider: Provider) -> tuple[Item, Item]:
    """Hateful: a doubt of the first policy, rejected by the next."""
    provider.moderates({"hate": 0.65})
    hateful = await steps.shop.put_up(PLAIN)
    await steps.shop.settle()
    provider.moderates()
    provider.answers({"fits_category": True, "fitting_category": "armor", "confidence": 0.9, "suspicious": False,
                      "tags": ["방패"]})  # fmt: skip
    harmless = await steps.shop.put_up(SHIELD)
    await steps.shop.settle()
    assert [await steps.shop.status(each) for each in (hateful, harmless)] == ["review", "approved"]
    return hateful, harmless


async def forget(steps: Steps) -> None:
    """What was answered, and what was made of it."""
    for table in ("moderation_answers", "moderation_cache"):
        await steps.ground.database.fetch(f"DELETE FROM {table} RETURNING key")


async def test_stored_answers_are_judged_anew_and_nobody_is_asked(steps: Steps, provider: Provider) -> None:
    hateful, harmless = await bought(steps, provider)
    asked = len(provider.calls)
    plan = await steps.planner.draft(Request(target="moderation", options=STRICTER))
    assert (plan.cost, plan.refusals) == (Cost(0, 2, 0), ())
    replay = await steps.run(options=STRICTER)
    found = await steps.verify(replay)
    assert (found.passed, found.changes) == (True, {"review -> rejected": 1})
    await steps.swapper.swap(replay.id)
    assert [await steps.shop.status(each) for each in (hateful, harmless)] == ["rejected", "approved"]
    await steps.swapper.rollback(replay.id)
    assert [await steps.shop.status(each) for each in (hateful, harmless)] == ["review", "approved"]
    assert len(provider.calls) == asked


@pytest.mark.parametrize("source", ["topics", "database"])
async def test_what_has_no_stored_answer_needs_a_stated_budget(steps: Steps, provider: Provider, source: Any) -> None:
    await bought(steps, provider)
    await forget(steps)
    asked = len(provider.calls)
    refused = await steps.planner.draft(Request(target="moderation", options=STRICTER, source=source))
    assert (refused.cost.calls, refused.cost.stored) == (4, 0)
    with pytest.raises(ReplayRefused, match="have no stored result"):
        await steps.planner.save(refused)
    assert len(provider.calls) == asked
    options = STRICTER | {"budget_calls": "4"}
    replay = await steps.run(options=options, max_micro_usd=USD, source=source)
    assert len(provider.calls) == asked + 4
    assert (await steps.verify(replay)).passed
    spent = await steps.ground.database.fetch_one("SELECT most_calls, calls FROM moderation_policies")
    assert spent == {"most_calls": 4, "calls": 4}


async def test_a_copy_of_the_database_costs_what_the_topics_forgot_as_well(steps: Steps, provider: Provider) -> None:
    await bought(steps, provider)
    await steps.shop.put_up(replace(PLAIN, name="은빛 검"))
    await steps.ground.database.fetch("DELETE FROM outbox RETURNING id")
    plans = [
        await steps.planner.draft(Request(target="moderation", options=STRICTER, source=source))
        for source in ("topics", "database")
    ]
    assert [(plan.cost.calls, plan.cost.stored) for plan in plans] == [(0, 2), (2, 2)]


async def test_beyond_its_budget_nothing_is_asked_and_the_rest_counts_as_not_covered(
    steps: Steps, provider: Provider
) -> None:
    await bought(steps, provider)
    replay = await steps.run(options=STRICTER)
    await forget(steps)
    await steps.ground.database.fetch("DELETE FROM moderation_verdicts RETURNING item_id")
    asked = len(provider.calls)
    async for _ in steps.target.from_database(replay.generation, ""):
        pass
    found = await steps.verify(replay)
    assert (len(provider.calls), found.passed, found.why) == (asked, False, {"missing": 2})
    with pytest.raises(ReplayRefused, match="2 entries differ"):
        await steps.swapper.swap(replay.id)


async def test_both_generations_judge_what_comes_and_it_is_paid_for_once(steps: Steps, provider: Provider) -> None:
    replay = await steps.run(options=STRICTER)
    asked = len(provider.calls)
    item = await steps.shop.put_up(PLAIN)
    await steps.shop.settle()
    assert len(provider.calls) == asked + 2
    assert (await steps.verify(replay)).passed
    await steps.swapper.swap(replay.id)
    await steps.shop.change(item, description="다른 검")
    await steps.shop.settle()
    assert len(provider.calls) == asked + 4
    assert await steps.shop.status(item) == "approved"


async def test_after_the_swap_the_days_budget_pays(steps: Steps, provider: Provider) -> None:
    replay = await steps.run(options=STRICTER)
    await steps.verify(replay)
    await steps.swapper.swap(replay.id)
    steps.shop.dismiss("moderation")
    item = await steps.shop.put_up(PLAIN)
    await steps.shop.settle()
    assert await steps.shop.status(item) == "approved"
    spent = await steps.ground.database.fetch_one("SELECT calls FROM moderation_budget")
    assert spent == {"calls": 2}

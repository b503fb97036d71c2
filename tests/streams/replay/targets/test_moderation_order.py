"""Whatever order things happen in, in the end every row shows what its policy in use, or its moderator, says of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from herofactory.catalog.item import Item
from herofactory.moderation import LocalRules, Subject, policies
from herofactory.platform.replay import generations
from streams.replay.ground import Ground
from streams.replay.targets.moderation import Moderation
from tests.support.shop import PLAIN, Shop

pytestmark = pytest.mark.anyio
TEXTS = ("단단한 검", "시발 좋은 검", "새끼 좋은 검", "문의는 카톡 010-1234-5678")
"""Approved by both policies, a doubt of one and rejected by the other, rejected by both."""
LABELS = ("moderation", "moderation.g2", "listing")
STEPS = st.one_of(
    st.tuples(st.sampled_from(("put up", "change")), st.sampled_from(TEXTS)),
    st.tuples(st.just("decide"), st.sampled_from(("approve", "reject"))),
    st.tuples(st.just("work"), st.sampled_from(LABELS)),
    st.tuples(st.just("use"), st.sampled_from((1, 2))),
    st.just(("relay", "")),
)
Steps = Sequence[tuple[str, str | int]]


class Play:
    def __init__(self, shop: Shop, target: Moderation) -> None:
        self.shop, self.target = shop, target
        self.items: list[Item] = []
        self.decided: dict[str, tuple[int, str]] = {}
        """Item to the content revision that a moderator decided, and how."""

    async def begin(self, stack: AsyncExitStack) -> None:
        place = await self.target.create(2, {"policy": "2026-12"})
        async with self.shop.database.transaction() as transaction:
            await generations.adopt(transaction, "moderation", "2026-11")
            await generations.add(transaction, "moderation", 2, place)
            await generations.follow(transaction, "moderation", 2)
        for number in (1, 2):
            for agent in await stack.enter_async_context(self.target.writing(number, place)):
                self.shop.hire(agent)

    async def take(self, step: str, what: str | int) -> None:
        match step, what:
            case "put up", str(text):
                self.items.append(await self.shop.put_up(replace(PLAIN, description=text)))
            case "change", str(text) if self.items:
                await self.shop.change(self.items[-1], description=text)
            case "decide", ("approve" | "reject") as choice if self.items:
                item = await self.shop.decide(self.items[-1], choice)
                self.decided[str(item.id)] = (item.content_revision, item.status)
            case "work", str(label):
                await self.shop.work(label)
            case "use", int(number):
                await self.target.activate(number, "")
            case "relay", _:
                await self.shop.relay()

    async def check(self, number: int) -> None:
        """All has settled under this generation."""
        rules = LocalRules(policy=policies.load({1: "2026-11", 2: "2026-12"}[number]))
        for each in self.items:
            item = await self.shop.get(each.id)
            revision, decision = self.decided.get(str(item.id), (0, ""))
            content = Subject("", "", item.name, item.description, item.category, item.tags)
            wanted = decision if revision == item.content_revision else (await rules.judge(content)).decision.value
            assert (item.description, item.status) == (item.description, wanted)


async def test_every_order_ends_in_what_is_in_use(ground: Ground, shop: Shop) -> None:
    target, runner = Moderation(ground), asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        await Play(shop, target).begin(stack)

        async def play(steps: Steps, order: Sequence[str]) -> None:
            game = Play(shop, target)
            await target.activate(1 + len(steps) % 2, "")
            for step in steps:
                await game.take(*step)
            await shop.settle(order)
            async with ground.database.connection() as connection:
                await game.check(await generations.active(connection, "moderation"))
            for number in (2, 1):
                await target.activate(number, "")
                await shop.settle(order)
                await game.check(number)

        @settings(max_examples=30, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
        @given(st.lists(STEPS, max_size=14), st.permutations(LABELS))
        def any_order(steps: Steps, order: Sequence[str]) -> None:
            asyncio.run_coroutine_threadsafe(play(steps, order), runner).result(60)

        await asyncio.to_thread(any_order)

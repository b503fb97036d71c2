"""A policy is tried beside the one in use, put into use in one step, and taken back without a trace."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import pytest

from herofactory.catalog.item import Item
from herofactory.platform.delivery.delivery import decode
from herofactory.platform.events.item import ItemModerated
from herofactory.platform.records import Record
from herofactory.platform.replay import generations
from herofactory.platform.replay.target import Configurable, Cost, Differing, Entry, ReplayRefused, Target
from streams.replay.ground import Ground
from streams.replay.registry import open_target
from streams.replay.snapshot import FromDatabase
from streams.replay.targets.moderation import Moderation
from streams.topics import ITEM_CREATED, ITEM_MODERATED
from tests.support.shop import PLAIN, Shop

pytestmark = pytest.mark.anyio
SWEARING = replace(PLAIN, description="시발 좋은 검")
"""A doubt of the first policy, rejected by the next."""
STRICTER = {"policy": "2026-12"}


class Store:
    """The shop with the moderation of all generations that follow."""

    def __init__(self, shop: Shop, target: Moderation, stack: AsyncExitStack) -> None:
        self.shop, self.target, self._stack = shop, target, stack

    async def begin(self) -> None:
        await self._follow(generations.FIRST, "")

    async def replay(self, number: int = 2, options: dict[str, Any] = STRICTER) -> None:
        """A generation of its own, filled and following."""
        place = await self.target.create(number, options)
        async with self.shop.database.transaction() as transaction:
            await generations.adopt(transaction, "moderation", await self.target.place())
            await generations.add(transaction, "moderation", number, place)
            await generations.follow(transaction, "moderation", number)
        await self._follow(number, place)
        await self.shop.settle()

    async def use(self, number: int) -> None:
        await self.target.activate(number, "")
        await self.shop.settle()

    async def entries(self, number: int) -> list[Entry]:
        return [entry async for entry in self.target.entries(number, "")]

    async def _follow(self, number: int, place: str) -> None:
        for agent in await self._stack.enter_async_context(self.target.writing(number, place)):
            self.shop.hire(agent)


@pytest.fixture
async def store(ground: Ground, shop: Shop) -> AsyncIterator[Store]:
    async with AsyncExitStack() as stack:
        store = Store(shop, Moderation(ground), stack)
        await store.begin()
        yield store


def told(shop: Shop, item: Item) -> list[ItemModerated]:
    events = [decode(record, shop.ground.values).event for record in shop.read(ITEM_MODERATED)]
    return [event for event in events if isinstance(event, ItemModerated) and event.item_id == str(item.id)]


async def shown(shop: Shop, *items: Item) -> list[dict[str, Any]]:
    """All that verdicts set, but for the moment."""
    rows = await shop.database.fetch(
        "SELECT status, auto_tags, verdict - 'decided_at' AS verdict, verdict_provider, content_revision FROM items"
        " WHERE id = ANY(%s) ORDER BY id",
        [item.id for item in items],
    )
    return [dict(row) for row in rows]


async def test_it_is_a_target_with_options_whose_generations_differ_on_purpose(ground: Ground) -> None:
    target: Target = open_target("moderation", ground)
    for kind in (Configurable, Differing, FromDatabase):
        assert isinstance(target, kind)


async def test_a_generation_beside_the_one_in_use_changes_nothing(store: Store) -> None:
    item = await store.shop.put_up(SWEARING)
    await store.shop.settle()
    before = await shown(store.shop, item)
    await store.replay()
    assert await shown(store.shop, item) == before
    assert [event.policy[:13] for event in told(store.shop, item)] == ["local-2026-11"]


async def test_a_swap_applies_the_new_verdicts_and_tells_of_them_once(store: Store) -> None:
    swearing, plain = await store.shop.put_up(SWEARING), await store.shop.put_up()
    await store.shop.settle()
    assert [await store.shop.status(each) for each in (swearing, plain)] == ["review", "approved"]
    await store.replay()
    assert await store.target.changes(1, 2) == {"review -> rejected": 1}

    await store.use(2)
    await store.use(2)

    assert [await store.shop.status(each) for each in (swearing, plain)] == ["rejected", "approved"]
    assert [event.decision for event in told(store.shop, swearing)] == ["review", "rejected"]
    assert len(told(store.shop, plain)) == 1
    assert await store.target.place() == "2026-12"


async def test_after_a_swap_the_new_policy_judges_what_comes(store: Store) -> None:
    await store.replay()
    await store.use(2)
    item = await store.shop.put_up(SWEARING)
    await store.shop.settle()
    assert [event.policy[:13] for event in told(store.shop, item)] == ["local-2026-12"]
    assert await store.shop.status(item) == "rejected"


async def test_a_rollback_restores_what_was_shown_exactly(store: Store) -> None:
    items = [await store.shop.put_up(SWEARING), await store.shop.put_up(), await store.shop.put_up(SWEARING)]
    await store.shop.settle()
    before = await shown(store.shop, *items)
    await store.replay()
    await store.use(2)
    assert await shown(store.shop, *items) != before
    await store.use(1)
    assert await shown(store.shop, *items) == before


async def test_a_rollback_has_the_former_policys_verdict_on_what_came_after_the_swap(store: Store) -> None:
    await store.replay()
    await store.use(2)
    item = await store.shop.put_up(SWEARING)
    await store.shop.settle()
    assert await store.shop.status(item) == "rejected"
    await store.use(1)
    assert await store.shop.status(item) == "review"
    later = await store.shop.put_up(SWEARING)
    await store.shop.settle()
    assert [await store.shop.status(later), told(store.shop, later)[-1].policy[:13]] == ["review", "local-2026-11"]


async def test_a_moderators_decision_is_never_overridden(store: Store) -> None:
    item = await store.shop.put_up(SWEARING)
    await store.shop.settle()
    await store.shop.decide(item, "approve")
    await store.replay()
    assert await store.target.changes(1, 2) == {"kept: a moderator decided": 1}
    for number in (2, 1, 2):
        await store.use(number)
        assert await store.shop.status(item) == "approved"


async def test_a_status_that_was_set_by_hand_without_a_verdict_stays(store: Store) -> None:
    item = await store.shop.put_up(SWEARING)
    await store.replay()
    async with store.shop.database.connection() as connection:
        by_hand = "UPDATE items SET status = 'approved', verdict = NULL, verdict_event_id = NULL WHERE id = %s"
        await connection.execute(by_hand, (item.id,))
    await store.use(2)
    assert await store.shop.status(item) == "approved"


async def test_only_the_newest_content_is_judged(store: Store) -> None:
    changed, gone = await store.shop.put_up(SWEARING), await store.shop.put_up(SWEARING)
    await store.shop.settle()
    await store.shop.change(changed, description="좋은 검")
    await store.shop.remove(gone)
    await store.shop.settle()
    await store.replay()
    rows = await store.shop.database.fetch("SELECT item_id, content_revision FROM moderation_verdicts")
    assert [(row["item_id"], row["content_revision"]) for row in rows] == [(changed.id, 2)]


async def test_a_verdict_on_a_former_content_does_not_survive_a_change_of_it(store: Store) -> None:
    item = await store.shop.put_up(SWEARING)
    await store.shop.settle()
    await store.replay()
    await store.shop.change(item, description="좋은 검")
    await store.target.activate(2, "")
    assert await store.shop.status(item) == "pending"
    await store.shop.settle()
    assert await store.shop.status(item) == "approved"


async def test_what_waits_for_its_verdict_at_the_swap_gets_the_new_policys(store: Store) -> None:
    await store.replay()
    store.shop.dismiss("listing")
    item = await store.shop.put_up(SWEARING)
    await store.shop.settle()
    await store.target.activate(2, "")
    assert await store.shop.status(item) == "rejected"


async def test_what_only_the_former_policy_judged_takes_effect_at_the_swap(store: Store) -> None:
    """Its event may still be under way, or never come: nobody tells it again."""
    await store.replay()
    store.shop.dismiss("moderation.g2")
    store.shop.dismiss("listing")
    item = await store.shop.put_up(SWEARING)
    await store.shop.settle()
    await store.target.activate(2, "")
    assert await store.shop.status(item) == "review"


async def test_coverage_is_what_the_comparison_sees(store: Store) -> None:
    item = await store.shop.put_up(SWEARING)
    await store.shop.settle()
    await store.replay()
    (old,), (new,) = await store.entries(1), await store.entries(2)
    assert (old.id, old.revision, old.id, old.revision) == (str(item.id), 1, new.id, new.revision)
    assert old.digest != new.digest
    store.shop.dismiss("moderation.g2")
    await store.shop.put_up()
    await store.shop.settle()
    assert (len(await store.entries(1)), len(await store.entries(2))) == (2, 1)


async def test_judging_again_gives_the_same_entries(store: Store) -> None:
    for content in (PLAIN, SWEARING):
        await store.shop.put_up(content)
    await store.replay(2)
    await store.replay(3)
    assert await store.entries(2) == await store.entries(3)


async def test_from_the_database_everything_is_judged_that_the_topics_forgot(store: Store) -> None:
    items = [await store.shop.put_up(SWEARING), await store.shop.put_up()]
    place = await store.target.create(2, STRICTER)
    async with store.shop.database.transaction() as transaction:
        await generations.adopt(transaction, "moderation", "2026-11")
        await generations.add(transaction, "moderation", 2, place)
    assert await store.target.database_records() == 2
    assert [done async for done in store.target.from_database(2, place)] == [2]
    assert [done async for done in store.target.from_database(2, place)] == []
    assert [entry.id for entry in await store.entries(2)] == sorted(str(item.id) for item in items)


async def test_the_policy_of_a_generation_is_what_its_file_said_when_it_was_made(store: Store, ground: Ground) -> None:
    folder = ground.settings.folder / "policies"
    folder.mkdir(parents=True)
    text = 'version = "mine"\n[rules]\noff = ["PROFANITY"]\n' + _provider()
    (folder / "mine.toml").write_text(text)
    await store.replay(2, {"policy": "mine"})
    (folder / "mine.toml").write_text(text.replace('off = ["PROFANITY"]', ""))
    item = await store.shop.put_up(SWEARING)
    await store.shop.settle()
    await store.use(2)
    assert await store.shop.status(item) == "approved"


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({}, "which policy"),
        ({"policy": "2031-01"}, "there is no policy '2031-01'"),
        ({"policy": "2026-12", "polcy": "x"}, "no option 'polcy'"),
    ],
)
async def test_options_that_say_nothing_are_refused(ground: Ground, options: dict[str, Any], why: str) -> None:
    with pytest.raises(ReplayRefused, match=why):
        Moderation(ground).under(options)


async def test_a_dropped_generation_leaves_nothing_and_the_first_keeps_its_results(store: Store) -> None:
    await store.shop.put_up()
    await store.shop.settle()
    await store.replay()
    await store.target.drop(2, "")
    for table, rows in (("moderation_verdicts", 0), ("moderation_policies", 0), ("moderation_results", 1)):
        assert len(await store.shop.database.fetch(f"SELECT FROM {table}")) == rows


async def test_the_local_rules_cost_nothing(store: Store) -> None:
    await store.shop.put_up()
    await store.shop.settle()

    async def records() -> AsyncIterator[Record]:
        for record in store.shop.read(ITEM_CREATED):
            yield record

    assert await store.target.under(STRICTER).cost(records()) == Cost(0, 1, 0)


async def test_a_trial_leaves_nothing_behind(store: Store) -> None:
    await store.shop.put_up()
    await store.shop.settle()
    before = await store.shop.database.fetch("SELECT * FROM moderation_results")
    async with store.target.under(STRICTER).trial() as (agent,):
        store.shop.hire(replace(agent, generation=9))
        await store.shop.settle()
    assert await store.shop.database.fetch("SELECT * FROM moderation_results") == before
    assert await store.shop.database.fetch("SELECT FROM moderation_verdicts") == []
    assert len(store.shop.read(ITEM_MODERATED)) == 1


def _provider() -> str:
    from herofactory.moderation import policies

    return "[provider]" + policies.text_of("2026-11").split("[provider]", 1)[1]

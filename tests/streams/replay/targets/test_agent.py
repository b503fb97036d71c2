"""Any declared agent is replayed: what it tells is kept back, compared, published and taken back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

import pytest

from cli.live_agents import live_agents
from cli.missing_keeper import MissingTerms
from herofactory.catalog.item import Item
from herofactory.platform.delivery import Agent, Delivery, Outcome, derive
from herofactory.platform.delivery.delivery import decode
from herofactory.platform.delivery.errors import Fatal, Outage
from herofactory.platform.delivery.replayable import NO_EFFECTS, Replayable, external
from herofactory.platform.events.item import ItemContent, ItemModerated
from herofactory.platform.outbox import Outbox
from herofactory.platform.records import Outgoing, Record
from herofactory.platform.replay import generations
from herofactory.platform.replay.replay import Replay
from herofactory.platform.replay.store import Replays
from herofactory.platform.replay.target import Cost, ReplayRefused
from herofactory.platform.replay.verification import Verification
from streams.agents.bridge import bridge
from streams.agents.listing import listing
from streams.agents.traffic import traffic
from streams.groups import group_of
from streams.replay.ground import Ground
from streams.replay.planner import Planner
from streams.replay.registry import NAMES, names, open_target
from streams.replay.request import Request
from streams.replay.runner import Runner
from streams.replay.swapper import Swapper
from streams.replay.targets.agent import AgentTarget
from streams.replay.verifier import Verifier
from streams.topics import AGENTS, ITEM_CREATED, ITEM_MODERATED
from tests.support.shop import Shop

pytestmark = pytest.mark.anyio
TARGET = "agent:praise"


class Praise:
    """An agent that says of each new item what `word` is now."""

    def __init__(self, replay: Replayable | None = NO_EFFECTS, *, in_batches: bool = False) -> None:
        self.word, self.handled = "good", 0
        self._replay, self._in_batches = replay, in_batches

    def make(self) -> Agent:
        handle, batch = (None, self._batch) if self._in_batches else (self._one, None)
        return Agent(name="praise", sources=(ITEM_CREATED,), handle=handle, handle_batch=batch, replay=self._replay)

    async def _one(self, delivery: Delivery) -> Sequence[Outgoing]:
        self.handled += 1
        event = delivery.expect(ItemContent)
        said = ItemModerated(event.item_id, event.content_revision, "approved", policy=self.word)
        return [derive(delivery, ITEM_MODERATED, event.item_id, said)]

    async def _batch(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        return [Outcome.ok(*await self._one(delivery)) for delivery in deliveries]


@pytest.fixture
def replays(outbox: Outbox) -> Replays:
    return Replays(outbox)


@pytest.fixture
def praise() -> Praise:
    return Praise()


class Bench:
    """The steps of one agent's replay, over the product's own planner, runner, verifier and swapper."""

    def __init__(self, ground: Ground, replays: Replays, shop: Shop, praise: Praise) -> None:
        self.ground = replace(ground, agents={"praise": praise.make})
        self.shop, self.replays, self.praise = shop, replays, praise
        self.target = AgentTarget(self.ground, praise.make(), praise.make().replay or NO_EFFECTS)
        self.swapper = Swapper(self.target, ground.database, replays, ground.log, ground.clock)
        shop.dismiss("listing")

    async def live(self, *words: str) -> list[Item]:
        items = []
        self.shop.hire(self.praise.make())
        for word in words:
            self.praise.word = word
            items.append(await self.shop.put_up())
            await self.shop.settle()
        self.praise.handled = 0
        return items

    async def replay(self, **wishes: object) -> Replay:
        planner = Planner(self.ground, self.replays)
        plan = await planner.draft(Request(target=TARGET, **wishes))  # type: ignore[arg-type]
        replay = await planner.save(plan)
        self.praise.handled = 0
        return await Runner(self.ground, self.replays).run(replay.id)

    async def verify(self, replay: Replay) -> Verification:
        async with self.ground.database.connection() as connection:
            old, *_, new = await generations.of(connection, TARGET)
        for topic, offsets in ((ITEM_CREATED, self.ground.log.offsets(ITEM_CREATED)),):
            # The live agent of this test has no group of its own; it has come to the end.
            self.ground.log.commit(group_of("praise"), topic, {at: held.end for at, held in offsets.items()})
        found = await Verifier(self.target, self.ground.log, self.ground.clock).verify(old, new)
        async with self.ground.database.transaction() as transaction:
            state = "verified" if found.passed else "differs"
            await self.replays.come_to(transaction, replay.id, state, verification=found.to_json())  # type: ignore[arg-type]
        return found

    def words(self, item: Item) -> list[str]:
        events = [
            self.ground.values.decode(record.topic, record.value or b"")
            for record in self.shop.read(ITEM_MODERATED)
            if record.key == str(item.id).encode()
        ]
        return [event.policy for event in events if isinstance(event, ItemModerated)]


@pytest.fixture
def bench(ground: Ground, replays: Replays, shop: Shop, praise: Praise) -> Bench:
    return Bench(ground, replays, shop, praise)


async def test_the_same_code_tells_the_same_and_nothing_is_published(bench: Bench) -> None:
    items = await bench.live("good", "good")
    replay = await bench.replay()
    assert (replay.state, bench.praise.handled) == ("following", 2)
    found = await bench.verify(replay)
    assert (found.passed, found.equal, found.differing) == (True, 2, 0)
    await bench.swapper.swap(replay.id)
    assert [bench.words(item) for item in items] == [["good"], ["good"]]


@pytest.mark.parametrize("in_batches", [False, True])
async def test_what_differs_is_published_at_the_swap_and_taken_back_at_the_rollback(
    ground: Ground, replays: Replays, shop: Shop, in_batches: bool
) -> None:
    bench = Bench(ground, replays, shop, Praise(in_batches=in_batches))
    old, same = await bench.live("good", "better")
    replay = await bench.replay()
    found = await bench.verify(replay)
    assert (found.passed, found.changes) == (
        True,
        {"records handled again": 2, "item.moderated: other content": 1},
    )
    assert bench.words(old) == ["good"]
    await bench.swapper.swap(replay.id)
    assert (bench.words(old), bench.words(same)) == (["good", "better"], ["better"])
    await bench.swapper.rollback(replay.id)
    assert (bench.words(old), bench.words(same)) == (["good", "better", "good"], ["better"])
    await bench.swapper.clean(replay.id)
    assert await ground.database.fetch("SELECT FROM replay_outputs WHERE generation = 2") == []


async def test_what_is_published_is_an_event_of_its_own_that_names_its_original(bench: Bench) -> None:
    (item,) = await bench.live("good")
    bench.praise.word = "better"
    replay = await bench.replay()
    await bench.verify(replay)
    await bench.swapper.swap(replay.id)
    first, second = (each.headers for each in bench.shop.read(ITEM_MODERATED) if each.key == str(item.id).encode())
    (source,) = bench.shop.read(ITEM_CREATED)
    assert second["event-id"] != first["event-id"]
    assert second["occurred-at"] == first["occurred-at"]
    assert {name: second[name].decode() for name in second if name.startswith("replay")} == {
        "replay-id": str(replay.id),
        "replay-from": f"{ITEM_CREATED}/{source.partition}/{source.offset}",
        "replay-of": first["event-id"].decode(),
    }


async def test_after_its_clean_the_live_group_is_where_it_was_and_the_next_replay_finds_what_the_topics_hold(
    bench: Bench,
) -> None:
    old, later = await bench.live("good", "better")
    first = await bench.replay()
    await bench.verify(first)
    committed = bench.ground.log.committed(group_of("praise"), ITEM_CREATED)
    await bench.swapper.swap(first.id)
    await bench.swapper.clean(first.id)
    assert bench.ground.log.committed(group_of("praise"), ITEM_CREATED) == committed
    assert bench.ground.log.committed(group_of("praise.agent.g2"), ITEM_CREATED) == {}
    assert await bench.ground.database.fetch("SELECT FROM replay_outputs WHERE generation = 2") == []
    bench.praise.word = "best"
    second = await bench.replay()
    found = await bench.verify(second)
    assert found.changes["item.moderated: other content"] == 2
    await bench.swapper.swap(second.id)
    await bench.swapper.rollback(second.id)
    assert (bench.words(old), bench.words(later)) == (
        ["good", "better", "best", "better"],
        ["better", "best", "better"],
    )


async def test_what_was_published_needs_no_following(bench: Bench) -> None:
    await bench.live("good")
    replay = await bench.replay()
    await bench.verify(replay)
    await bench.swapper.swap(replay.id)
    bench.shop.dismiss("praise")
    async with bench.target.writing(2, "") as (agent,):
        bench.shop.hire(agent)
        await bench.shop.put_up()
        await bench.shop.settle()
    assert bench.praise.handled == 1


async def test_what_was_never_told_is_told(bench: Bench) -> None:
    item = await bench.shop.put_up()
    await bench.shop.settle()
    replay = await bench.replay()
    assert (await bench.verify(replay)).changes["item.moderated: not told before"] == 1
    await bench.swapper.swap(replay.id)
    assert bench.words(item) == ["good"]


async def test_a_range_is_replayed_and_nothing_else(bench: Bench) -> None:
    await bench.live("good", "good")
    item = (await bench.live("good"))[0]
    replay = await bench.replay(filter=f"key = '{item.id}'")
    assert bench.praise.handled == 1
    rows = await bench.ground.database.fetch(
        "SELECT scope FROM replay_outputs WHERE generation = %s", replay.generation
    )
    assert [row["scope"] for row in rows] == [str(item.id)]


async def test_own_tables_are_done_again_in_place_and_the_plan_says_so(
    ground: Ground, shop: Shop, outbox: Outbox
) -> None:
    ground = replace(ground, agents={"listing": lambda: listing(ground.database, ground.metrics)})
    target = open_target("agent:listing", ground)
    plan = await Planner(ground, Replays(outbox)).draft(Request(target=target.name))
    assert any("in place" in warning for warning in plan.warnings)
    assert not plan.refusals
    assert [entry async for entry in target.entries(2, "")] == []


async def test_an_external_agent_is_refused_without_stored_results_beyond_the_budget(
    ground: Ground, replays: Replays, shop: Shop
) -> None:
    answered: set[UUID] = set()

    async def known(event_ids: Collection[UUID]) -> Collection[UUID]:
        return answered & set(event_ids)

    bench = Bench(ground, replays, shop, Praise(external(known)))
    await bench.live("good", "good", "good")
    records = bench.shop.read(ITEM_CREATED)
    answered.update(UUID(record.headers["event-id"].decode()) for record in records[:2])
    planner = Planner(bench.ground, replays)
    refused = await planner.draft(Request(target=TARGET))
    assert refused.cost == Cost(1, 2)
    assert any("1 records have no stored result" in why for why in refused.refusals)
    for request in (Request(target=TARGET, max_calls=1), Request(target=TARGET, options={"budget_calls": "1"})):
        allowed = await planner.draft(request)
        assert (allowed.refusals, allowed.options) == ((), {"budget_calls": 1})


async def test_a_replay_stops_where_its_budget_ends(ground: Ground, replays: Replays, shop: Shop) -> None:
    async def nothing(_: Collection[UUID]) -> Collection[UUID]:
        return set()

    bench = Bench(ground, replays, shop, Praise(external(nothing)))
    await bench.live("good", "good")
    target = bench.target.under({"budget_calls": 1})
    place = await target.create(2, {"budget_calls": 1})
    async with target.writing(2, place) as (agent,):
        assert agent.handle is not None
        first, second = (_older(record) for record in bench.shop.read(ITEM_CREATED))
        await agent.handle(decode(first, ground.values))
        await agent.handle(decode(first, ground.values))
        with pytest.raises(Fatal, match="budget of 1 calls is spent"):
            await agent.handle(decode(second, ground.values))
    assert bench.praise.handled == 2


async def test_a_replayed_agent_waits_for_the_live_one_to_ask(ground: Ground, replays: Replays, shop: Shop) -> None:
    async def nothing(_: Collection[UUID]) -> Collection[UUID]:
        return set()

    bench = Bench(ground, replays, shop, Praise(external(nothing)))
    await bench.live("good")
    (record,) = bench.shop.read(ITEM_CREATED)
    async with bench.target.writing(2, "1") as (agent,):
        assert agent.handle is not None
        with pytest.raises(Outage, match="waits for the live agent"):
            await agent.handle(decode(record, ground.values))


@pytest.mark.parametrize(
    ("name", "why"), [("nobody", "there is no agent 'nobody'"), ("bridge", "not declared replayable")]
)
async def test_what_cannot_be_replayed_is_refused(ground: Ground, name: str, why: str) -> None:
    ground = replace(ground, agents={"bridge": lambda: bridge(lambda: None)})
    with pytest.raises(ReplayRefused, match=why):
        open_target(f"agent:{name}", ground)


async def test_an_agent_whose_target_was_made_anew_is_refused_by_plan_and_by_run(
    ground: Ground, replays: Replays, shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    ground = replace(ground, agents={"traffic": lambda: traffic(ground.database, ground.clock, ground.metrics)})
    planner, request = Planner(ground, replays), Request(target="agent:traffic")
    planned = await planner.save(await planner.draft(request))
    async with ground.database.transaction() as transaction:
        await generations.adopt(transaction, "insights", "")
        await generations.add(transaction, "insights", 2, "")
        await generations.activate(transaction, "insights", 2)
        await generations.remove(transaction, "insights", 1)
    with pytest.raises(ReplayRefused, match="was replaced by a replay of insights: replay that"):
        await planner.draft(request)
    failed = await Runner(ground, replays).run(planned.id)
    assert (failed.state, (failed.cause or "")[:23]) == ("failed", "what agent traffic made")
    assert "Traceback" not in "".join(capsys.readouterr())


async def test_options_are_refused_by_agents_that_cost_nothing(bench: Bench) -> None:
    with pytest.raises(ReplayRefused, match="no option 'policy'"):
        bench.target.under({"policy": "x"})


async def test_every_agent_of_the_worker_is_declared(ground: Ground) -> None:
    """Or says why not where it is made: the bridge alone, which is none of the worker's."""
    missing = MissingTerms(ground.settings, ground.database, ground.codec)
    made = live_agents(ground.settings, ground.database, ground.codec, ground.clock, ground.metrics, missing)
    missing.close()
    assert {name: make().replay is not None for name, make in made.items()} == dict.fromkeys(made, True)
    assert set(AGENTS) - set(made) == {"indexing", "bridge"}
    listed = names(replace(ground, agents=made))
    assert "agent:listing" in listed
    assert set(NAMES) == set(listed), "known without making an agent"


def _older(record: Record) -> Record:
    """Than what the live agent may be busy with."""
    return replace(record, timestamp=record.timestamp - 3600)

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from herofactory.platform.delivery import Agent, Delivery, Outcome, Poison, derive
from herofactory.platform.delivery.agent import Handler
from herofactory.platform.delivery.errors import Outage
from herofactory.platform.eventlog.port import TopicConfig, UnknownTopic
from herofactory.platform.events.item import ItemCreated, ItemModerated
from herofactory.platform.records import Outgoing
from streams.testing import TopologyDriver
from streams.testing_clock import START, FakeClock
from streams.topics import ITEM_CREATED, ITEM_MIRRORED, ITEM_MODERATED

CREATED = ItemCreated("i1", "s1", 1, "검", "날카로운 검", "weapon")


class Shop:
    """Two agents and what they store: a verdict per event id, the listed revision per item."""

    def __init__(self) -> None:
        self.verdicts: dict[str, str] = {}
        self.calls = 0
        self.listed: dict[str, int] = {}
        self.down = False

    async def moderate(self, delivery: Delivery) -> Sequence[Outgoing]:
        item = delivery.expect(ItemCreated)
        if self.down:
            raise Outage("provider is down")
        if not item.name:
            raise Poison("no name")
        if delivery.event_id not in self.verdicts:
            self.calls += 1
            self.verdicts[delivery.event_id] = "approved"
        return [derive(delivery, ITEM_MODERATED, delivery.key, ItemModerated(delivery.key, 1, "approved"))]

    async def list_them(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        for delivery in deliveries:
            self.listed[delivery.key] = delivery.expect(ItemModerated).content_revision
        return [Outcome.ok()] * len(deliveries)

    def driver(self, chunk: int = 500) -> TopologyDriver:
        moderation = Agent(name="moderation", sources=(ITEM_CREATED,), handle=self.moderate)
        listing = Agent(name="listing", sources=(ITEM_MODERATED,), handle_batch=self.list_them)
        return TopologyDriver([moderation, listing], chunk=chunk)


def feed(driver: TopologyDriver, count: int) -> None:
    for n in range(count):
        driver.feed(ITEM_CREATED, f"i{n}", ItemCreated(f"i{n}", "s1", 1, "검", "", "weapon"))


def test_an_event_runs_through_the_whole_topology() -> None:
    shop = Shop()
    with shop.driver() as driver:
        driver.feed(ITEM_CREATED, "i1", CREATED)
        driver.run_until_idle()
        assert shop.listed == {"i1": 1}
        (verdict,) = driver.deliveries(ITEM_MODERATED)
        assert verdict.event == ItemModerated("i1", 1, "approved")
        assert verdict.occurred_at == START
        assert driver.lag("moderation") == driver.lag("listing") == 0


def test_keys_lie_where_kafka_puts_them() -> None:
    from aiokafka.partitioner import DefaultPartitioner

    with Shop().driver() as driver:
        feed(driver, 20)
        for record in driver.read(ITEM_CREATED):
            assert record.partition == DefaultPartitioner()(record.key, range(4), range(4))


def test_offsets_are_committed_per_partition() -> None:
    with Shop().driver(chunk=3) as driver:
        feed(driver, 20)
        driver.run_until_idle()
        ends = {(ITEM_CREATED, number): held.end for number, held in driver.log.offsets(ITEM_CREATED).items()}
        assert driver.committed("moderation") == {place: end for place, end in ends.items() if end}


def test_a_dead_letter_is_listed_and_its_neighbours_pass() -> None:
    shop = Shop()
    with shop.driver() as driver:
        feed(driver, 3)
        driver.feed(ITEM_CREATED, "bad", ItemCreated("bad", "s1", 1, "", "", "weapon"))
        driver.feed(ITEM_CREATED, "raw", b"not avro")
        driver.run_until_idle()
        assert {(letter.key, letter.cause) for letter in driver.dead_letters("moderation")} == {
            (b"bad", "Poison"),
            (b"raw", "Undecodable"),
        }
        assert len(shop.listed) == 3
        assert driver.status("moderation").dead_letters == 2


def test_json_topics_and_tombstones_are_read_as_such() -> None:
    seen: list[object] = []

    async def keep(delivery: Delivery) -> Sequence[Outgoing]:
        seen.append((delivery.event, delivery.revision))
        return ()

    with TopologyDriver([Agent(name="indexing", sources=(ITEM_MIRRORED,), handle=keep)]) as driver:
        driver.feed(ITEM_MIRRORED, "i1", {"id": "i1", "name": "검"}, revision=3)
        driver.feed(ITEM_MIRRORED, "i1", None, revision=4)
        driver.run_until_idle()
    assert seen == [({"id": "i1", "name": "검"}, 3), (None, 4)]


def test_time_stands_still_unless_somebody_sleeps() -> None:
    with Shop().driver() as driver:
        feed(driver, 50)
        driver.run_until_idle()
        assert driver.clock.now() == START


def test_an_outage_is_waited_out_on_the_fake_clock() -> None:
    shop = Shop()
    shop.down = True
    with shop.driver() as driver:
        feed(driver, 5)
        driver.run_until_idle(within=60)
        status = driver.status("moderation")
        assert (status.state, status.cause, status.since) == ("paused", "Outage: provider is down", START)
        assert 55 < driver.clock.monotonic() <= 60
        assert driver.committed("moderation") == {}
        shop.down = False
        driver.run_until_idle()
        assert driver.status("moderation").state == "running"
        assert len(shop.listed) == 5
        assert not driver.dead_letters("moderation")


def test_a_halted_agent_probes_on_the_fake_clock_and_heals() -> None:
    class Broken(Shop):
        broken = True

        async def moderate(self, delivery: Delivery) -> Sequence[Outgoing]:
            if self.broken:
                raise KeyError("a bug, or a dependency with errors of its own")
            return await super().moderate(delivery)

    shop = Broken()
    with shop.driver() as driver:
        feed(driver, 300)
        driver.run_until_idle()
        assert driver.status("moderation").state == "halted"
        buried = len(driver.dead_letters("moderation"))
        assert buried == 50
        driver.advance(3600)
        assert len(driver.dead_letters("moderation")) == buried, "no topic is drained by a bug"
        shop.broken = False
        driver.advance(120)
        assert driver.status("moderation").state == "running"
        assert len(shop.listed) == 300 - buried


def test_advance_runs_for_exactly_that_long() -> None:
    shop = Shop()
    shop.down = True
    with shop.driver() as driver:
        feed(driver, 1)
        driver.advance(3)
        assert (driver.clock.monotonic(), driver.status("moderation").state) == (3, "running")
        driver.advance(3)
        assert (driver.clock.monotonic(), driver.status("moderation").state) == (6, "paused")
        shop.down = False
        driver.advance(6)
        assert (driver.clock.monotonic(), len(shop.listed)) == (12, 1)


@pytest.mark.parametrize("point", ["effect", "publish", "ack"])
def test_a_crash_anywhere_repeats_and_loses_nothing(point: str) -> None:
    shop = Shop()
    with shop.driver() as driver:
        feed(driver, 10)
        driver.crash("moderation", before=point)  # type: ignore[arg-type]  # parametrised text
        driver.run_until_idle()
        assert driver.crashes("moderation") == 1
        assert len(shop.listed) == 10
        assert shop.calls == 10, "the provider is asked once per event"
        verdicts = driver.read(ITEM_MODERATED)
        repeated = len(verdicts) - len({record.headers["event-id"] for record in verdicts})
        if point != "effect":  # there, what other keys had finished may or may not be written
            assert (repeated > 0) == (point == "ack")


@pytest.mark.parametrize("skip", [0, 1, 4])
def test_a_crash_may_come_after_some_effects(skip: int) -> None:
    keys: list[str] = []

    async def handle(delivery: Delivery) -> Sequence[Outgoing]:
        keys.append(delivery.key)
        return ()

    agent = Agent(name="moderation", sources=(ITEM_CREATED,), handle=handle, parallelism=1)
    topics = [TopicConfig(name, 1, None) for name in (ITEM_CREATED, "dead.moderation")]
    with TopologyDriver([agent], topics=topics) as driver:
        feed(driver, 6)
        driver.crash("moderation", before="effect", skip=skip)
        driver.run_until_idle()
    everything = [f"i{n}" for n in range(6)]
    assert keys == everything[:skip] + everything


def test_a_killed_agent_stays_down_until_it_is_started() -> None:
    shop = Shop()
    with shop.driver() as driver:
        driver.kill("listing")
        feed(driver, 4)
        driver.run_until_idle()
        assert (len(shop.verdicts), shop.listed, driver.lag("listing")) == (4, {}, 4)
        driver.start("listing")
        driver.run_until_idle()
        assert len(shop.listed) == 4


def test_agents_may_be_down_from_the_beginning() -> None:
    shop = Shop()
    agent = Agent(name="moderation", sources=(ITEM_CREATED,), handle=shop.moderate)
    with TopologyDriver([agent], running=False) as driver:
        feed(driver, 4)
        driver.run_until_idle()
        assert (driver.lag("moderation"), shop.calls) == (4, 0)
        driver.start("moderation")
        driver.run_until_idle()
        assert (driver.lag("moderation"), shop.calls) == (0, 4)


def test_connectors_are_polled_whenever_all_else_is_idle() -> None:
    outbox = [CREATED]

    def relay() -> int:
        if not outbox:
            return 0
        driver.feed(ITEM_CREATED, "i1", outbox.pop())
        return 1

    shop = Shop()
    with shop.driver() as driver:
        driver.connectors.append(relay)
        driver.run_until_idle()
        assert shop.listed == {"i1": 1}


def test_real_waiting_in_threads_is_waited_for_and_fake_time_does_not_run_ahead() -> None:
    async def slow(delivery: Delivery) -> Sequence[Outgoing]:
        await asyncio.to_thread(pow, 3, 200_000)
        return [derive(delivery, ITEM_MODERATED, delivery.key, ItemModerated(delivery.key, 1, "review"))]

    with TopologyDriver([Agent(name="moderation", sources=(ITEM_CREATED,), handle=slow)]) as driver:
        feed(driver, 3)
        driver.run_until_idle()
        assert len(driver.read(ITEM_MODERATED)) == 3
        assert driver.clock.monotonic() == 0


def test_connectors_may_publish_from_a_thread() -> None:
    waiting = [1]

    async def relay() -> int:
        if not waiting:
            return 0
        waiting.clear()
        await asyncio.to_thread(driver.feed, ITEM_CREATED, "i1", CREATED)
        return 1

    shop = Shop()
    with shop.driver() as driver:
        driver.connectors.append(relay)
        driver.run_until_idle()
        assert shop.listed == {"i1": 1}


def test_handlers_may_sleep_on_the_clock_while_others_wait_for_them() -> None:
    clock, lock = FakeClock(), asyncio.Lock()
    done: list[str] = []

    async def one_at_a_time(delivery: Delivery) -> Sequence[Outgoing]:
        async with lock:
            await clock.sleep(2)
        done.append(delivery.key)
        return ()

    moderation = Agent(name="moderation", sources=(ITEM_CREATED,), handle=one_at_a_time)
    topics = [TopicConfig(name, 1, None) for name in (ITEM_CREATED, "dead.moderation")]
    with TopologyDriver([moderation], topics=topics, clock=clock) as driver:
        feed(driver, 2)
        driver.run_until_idle()
        assert len(done) == 2
        assert clock.monotonic() == 4


async def hang(_: Delivery) -> Sequence[Outgoing]:
    await asyncio.Event().wait()
    return ()


async def spin(_: Delivery) -> Sequence[Outgoing]:
    while True:  # noqa: ASYNC110 (that nothing comes of it is the point)
        await asyncio.sleep(0)


@pytest.mark.parametrize("handle", [hang, spin])
def test_an_agent_that_is_never_done_fails_the_test_and_says_which(handle: Handler) -> None:
    agent = Agent(name="moderation", sources=(ITEM_CREATED,), handle=handle)
    with TopologyDriver([agent], limit_s=0.2) as driver:
        feed(driver, 1)
        with pytest.raises(AssertionError, match=r"not done after 0.2 real seconds.*'moderation'.*in_flight=1"):
            driver.run_until_idle()


def test_topics_that_nobody_created_are_errors_as_in_the_real_log() -> None:
    with Shop().driver() as driver, pytest.raises(UnknownTopic):
        driver.feed("no.such", "k", b"")
    agent = Agent(name="moderation", sources=(ITEM_CREATED,), handle=Shop().moderate)
    with pytest.raises(UnknownTopic, match=r"agent moderation uses topic 'dead\.moderation'"):
        TopologyDriver([agent], topics=[TopicConfig(ITEM_CREATED, 4, None)])


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 30),
    st.integers(1, 10),
    st.lists(
        st.tuples(
            st.sampled_from(["moderation", "listing"]),
            st.sampled_from(["effect", "publish", "ack"]),
            st.integers(0, 5),
        ),
        max_size=4,
    ),
)
def test_no_schedule_of_crashes_loses_or_doubles_an_item(
    items: int, chunk: int, crashes: list[tuple[str, str, int]]
) -> None:
    shop = Shop()
    with shop.driver(chunk=chunk) as driver:
        feed(driver, items)
        for agent, point, skip in crashes:
            driver.crash(agent, before=point, skip=skip)  # type: ignore[arg-type]  # drawn text
            driver.run_until_idle()
        driver.run_until_idle()
        assert len(shop.listed) == items
        assert shop.calls == items
        assert driver.lag("moderation") == driver.lag("listing") == 0
        ids = {record.headers["event-id"] for record in driver.read(ITEM_MODERATED)}
        assert len(ids) == items

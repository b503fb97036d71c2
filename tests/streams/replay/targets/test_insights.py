"""Figures that are made again are those that were made live: in each row, to the digit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Self

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from connectors.access_log.line import message
from herofactory.insights.generations import FIGURES
from herofactory.insights.keeping.keeper import Keeper, Refold
from herofactory.insights.keeping.refold import SearchRefold
from herofactory.insights.keeping.settling import Settling
from herofactory.insights.observation import Kind
from herofactory.insights.traffic.refold import refold as refold_traffic
from herofactory.platform.events import EventCodec
from herofactory.platform.replay.compare import Comparison
from herofactory.platform.settings import Settings
from herofactory.platform.telemetry.metrics import NoMetrics
from streams.replay.targets.insights import make
from streams.testing import TopologyDriver, default_values
from streams.testing_clock import START, FakeClock
from streams.testing_log import MemoryLog
from streams.topics import ACCESS_LOG, configs
from tests.herofactory.insights.drawn import id_at, joined, mixed, raw_events
from tests.herofactory.insights.events import event_of
from tests.herofactory.insights.naive import Raw
from tests.support.driven import Driven
from tests.support.replay_ground import ground_of
from tests.support.replay_targets import compared, fill
from tests.support.traffic_naive import Sent

TOPICS = {"search": "search.query", "click": "search.clicked", "view": "item.viewed"}
_numbers = count(2)
# Not shrunk: an example takes a second, and the fold alone is tried and shrunk elsewhere.
SLOW = settings(
    deadline=None,
    max_examples=8,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


class Live(Driven):
    """The agents of generation 1 with their keeper, on a log in memory; and the same topics read again."""

    def __init__(self, settings: Settings, codec: EventCodec, dsn: str) -> None:
        super().__init__(dsn)
        self.clock = FakeClock(START + timedelta(hours=3))
        log = MemoryLog(self.clock, configs())
        self.ground = replace(ground_of(settings, self.database, log, codec, clock=self.clock), values=default_values())
        self.target = make(self.ground)
        refolds: Mapping[Kind, Refold] = {"search": SearchRefold(joined), "access": refold_traffic}
        self.keeper = Keeper(self.database, self.clock, NoMetrics(), refolds)
        self.target._settling = Settling(self.database, self.keeper)  # with a stand-in for the analyser
        agents = self.target.agents(self.database, 1)
        self.driver = TopologyDriver(agents, self.ground.values, clock=self.clock, chunk=7)
        self.ground = replace(self.ground, log=self.driver.log)

    def __enter__(self) -> Self:
        super().__enter__()
        self.run(self._empty())
        return self

    async def _empty(self) -> None:
        async with self.database.connection() as connection:
            await connection.execute(f"TRUNCATE {', '.join(FIGURES.tables)}".encode())

    def feed(self, told: Iterable[Raw]) -> None:
        for each in told:
            event = event_of(each)
            at = datetime.fromtimestamp(each.at, UTC)
            self.driver.feed(TOPICS[each.kind], event.key, event, event_id=each.event_id, occurred_at=at)

    def request(self, lines: Sequence[bytes]) -> None:
        for line in lines:
            self.driver.publish(message(ACCESS_LOG, line))

    def go_on(self, seconds: float) -> None:
        self.driver.run_until_idle(0)
        self.driver.advance(seconds)
        self.driver.run(self.keeper.turn())

    def again(self, page: int) -> Comparison:
        """Generation 1 next to one that is made of the topics now."""
        number = next(_numbers)
        self.driver.run(fill(self.ground, self.target, number, page))
        for generation in (1, number):
            assert self.driver.run(self.target.settled(generation))
        return self.driver.run(compared(self.target, 1, number))


def requests(seed: int, number: int) -> list[bytes]:
    chance = Random(seed)
    start = START + timedelta(hours=1)
    lines = [
        Sent(chance.uniform(0, 7_200), "/items", chance.choice(["GET", "POST"]), 200, chance.randint(1, 10**9)).line(
            start
        )
        for _ in range(number)
    ]
    return chance.choices(lines, k=2 * number) if number else []


@SLOW
@given(raw_events(bursts=False), st.integers(0, 99), st.integers(1, 30), st.integers(0, 20))
def test_a_generation_that_is_made_again_equals_the_live_one(
    settings: Settings, codec: EventCodec, dsn: str, events: list[Raw], seed: int, page: int, number: int
) -> None:
    """Twice, out of order, a day late; live figures are made in between."""
    told, lines = mixed(events, seed), requests(seed, number)
    with Live(settings, codec, dsn) as live:
        live.feed(told[::3])
        live.request(lines[::2])
        live.go_on(Random(seed).uniform(1, 10))
        live.feed(told[1::3])
        live.go_on(Random(seed).choice([3.0, 70.0]))
        live.request(lines[1::2])
        live.go_on(22.5 * 3600)  # some of what comes now comes too late
        live.feed(told[2::3])
        live.go_on(1)

        found = live.again(page)

        assert found.differing == 0, found.differences
        assert found.old.hash == found.new.hash
        assert found.equal or not lines


@pytest.fixture
def live(settings: Settings, codec: EventCodec, dsn: str) -> Iterable[Live]:
    with Live(settings, codec, dsn) as live:
        yield live


def search(at: float, number: int = 1, text: str = "마법검", person: int = 4) -> Raw:
    return Raw("search", id_at(at, number), at, person, "a", query_id=id_at(at, number), text=text, total=1)


def test_each_difference_is_named(live: Live) -> None:
    now = live.clock.now().timestamp()
    live.feed([search(now - 60, 1), search(now - 50, 2, "방패", 8)])
    live.go_on(10)
    live.driver.run(live.target.settled(1))

    async def meddle() -> None:
        async with live.database.connection() as connection:
            await connection.execute("UPDATE term_buckets SET people = '\\x0000000000000001' WHERE term = '방패'")
            await connection.execute("DELETE FROM quality_buckets WHERE shard = 0")

    live.driver.run(meddle())
    found = live.again(100)

    assert {(each.why, each.id.split("/")[0]) for each in found.differences} == {
        ("content", "term_buckets"),
        ("extra", "quality_buckets"),
    }


def test_what_a_record_may_change_is_in_its_scopes(live: Live) -> None:
    """Whatever differs after one more event is named by it."""
    now = live.clock.now().timestamp()
    live.feed([search(now - 4_000, 1), search(now - 3_000, 2)])
    live.go_on(10)
    number = next(_numbers)
    live.driver.run(fill(live.ground, live.target, number))
    live.feed([search(now - 2_900, 3), Raw("view", id_at(now, 4), now - 5_000, 4, "a", item_id=id_at(0, 9))])
    live.request([Sent(0, "/items", "GET", 200, 5).line(live.clock.now())])
    live.driver.run_until_idle(0)
    for generation in (1, number):
        live.driver.run(live.target.settled(generation))

    found = live.driver.run(compared(live.target, 1, number))

    records = [record for topic in live.target.sources for record in live.driver.read(topic)[-1:]]
    scopes = {scope for record in records for scope in live.target.scopes(record)}
    assert found.differing
    assert {each.scope for each in found.differences} <= scopes


def test_a_search_that_is_too_young_to_be_judged_is_waited_for(live: Live) -> None:
    live.feed([search(live.clock.now().timestamp())])
    live.driver.run_until_idle(0)
    assert not live.driver.run(live.target.settled(1))

    live.driver.advance(3)

    assert live.driver.run(live.target.settled(1))
    assert live.again(10).differing == 0


def test_what_comes_meanwhile_is_not_waited_for(live: Live) -> None:
    now = live.clock.now().timestamp()
    live.feed([search(now)])
    live.driver.run_until_idle(0)
    assert not live.driver.run(live.target.settled(1))
    live.driver.advance(1)
    live.feed([search(now + 1, 2)])
    live.driver.run_until_idle(0)

    assert live.driver.run(live.target.settled(1))


def test_a_record_that_is_none_changes_nothing(live: Live) -> None:
    live.driver.feed("search.query", "x", b"\0broken")
    (record,) = live.driver.read("search.query")
    assert not live.target.scopes(record)
    live.driver.feed(ACCESS_LOG, None, {"event": 1})
    (line,) = live.driver.read(ACCESS_LOG)
    assert not live.target.scopes(line)

"""The agent and the keeper on a real PostgreSQL, next to a plain computation over the raw events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Self

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from herofactory.insights.keeping.keeper import Keeper
from herofactory.insights.keeping.refold import SearchRefold
from herofactory.platform.delivery import TopicValues
from herofactory.platform.events import EventCodec
from herofactory.platform.events.registry import EmbeddedRegistry, MemorySchemaStore
from herofactory.platform.events.search import Source
from herofactory.platform.records import Outgoing
from herofactory.platform.telemetry.metrics import NoMetrics
from streams.agents.insights import insights
from streams.testing import TopologyDriver
from streams.testing_clock import START, FakeClock
from streams.testing_consumer import CrashPoint
from tests.herofactory.insights import naive
from tests.herofactory.insights.compare import assert_equal, by_day
from tests.herofactory.insights.drawn import ITEMS, id_at, joined, mixed, raw_events
from tests.herofactory.insights.events import days_of, event_of, stored
from tests.herofactory.insights.naive import Figures, Raw
from tests.support.driven import Driven

NOW = START + timedelta(hours=20)
_numbers = count(2)
CRASHES: st.SearchStrategy[CrashPoint | None] = st.sampled_from([None, "effect", "ack"])
TOPICS = {"search": "search.query", "click": "search.clicked", "view": "item.viewed"}


class Left(NoMetrics):
    """Counts what was left out."""

    def __init__(self) -> None:
        self.counted: dict[str, float] = {}

    def count(self, name: str, value: float = 1, **labels: str) -> None:
        if name == "hero_insights_left_out_total":
            self.counted[labels["why"]] = self.counted.get(labels["why"], 0) + value


class Observing(Driven):
    """A generation of figures of its own, the agent that fills it and the keeper."""

    def __init__(self, dsn: str, start: datetime = NOW, chunk: int = 7) -> None:
        super().__init__(dsn)
        self.clock = FakeClock(start)
        self.metrics = Left()
        self.keeper = Keeper(self.database, self.clock, self.metrics, {"search": SearchRefold(joined)})
        self._chunk = chunk

    def __enter__(self) -> Self:
        self.generation = next(_numbers)
        codec = EventCodec(EmbeddedRegistry(MemorySchemaStore()))
        codec.register_all()
        agent = insights(self.database, codec, self.clock, self.metrics, self.generation)
        self.driver = TopologyDriver([agent], TopicValues(codec), clock=self.clock, chunk=self._chunk)
        return super().__enter__()

    def feed(self, raw: Iterable[Raw], source: Source | None = None) -> None:
        for each in raw:
            event = event_of(each, source)
            at = datetime.fromtimestamp(each.at, UTC)
            self.driver.feed(TOPICS[each.kind], event.key, event, event_id=each.event_id, occurred_at=at)

    def settle(self, seconds: float = 100, turns: int = 10) -> None:
        """Let the agent finish, and the keeper turn so many times meanwhile."""
        self.driver.run_until_idle()
        for _ in range(turns):
            self.driver.advance(seconds / turns)
            self.driver.run(self.keeper.turn())

    def figures(self) -> Figures:
        return self.driver.run(stored(self.database, self.generation))

    def days(self) -> Figures:
        return self.driver.run(days_of(self.database, self.generation))

    def work_left(self) -> int:
        return len(self.sql("SELECT 1 FROM observation_work UNION ALL SELECT 1 FROM day_work"))


@pytest.fixture
def observing(dsn: str) -> Iterator[Observing]:
    with Observing(dsn) as observing:
        yield observing


def search(at: float, number: int = 1, text: str = "마법검", person: int = 4) -> Raw:
    return Raw("search", id_at(at, number), at, person, "a", query_id=id_at(at, number), text=text, total=1)


# Not shrunk: an example takes a second, and the fold alone is tried and shrunk in tests/herofactory/insights/folding.
SLOW = settings(
    deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@settings(SLOW, max_examples=10)
@given(raw_events(bursts=False), st.integers(0, 9), CRASHES)
def test_whatever_comes_twice_late_or_after_a_crash_the_figures_are_right(
    dsn: str, events: list[Raw], seed: int, crash: CrashPoint | None
) -> None:
    with Observing(dsn) as observing:
        if crash:
            observing.driver.crash(f"insights.g{observing.generation}", before=crash, skip=seed % 3)
        shuffled = mixed(events, seed)
        observing.feed(shuffled[::2])
        observing.settle(30, 3)
        observing.feed(shuffled[1::2])
        observing.settle()

        wanted = naive.figures(events, joined)
        assert_equal(observing.figures(), wanted)
        assert_equal(observing.days(), by_day(wanted))
        assert observing.work_left() == 0


@settings(SLOW, max_examples=4)
@given(raw_events(), st.integers(0, 9))
def test_reading_the_topics_again_gives_the_same_rows(dsn: str, events: list[Raw], seed: int) -> None:
    with Observing(dsn) as first:
        first.feed(mixed(events, seed))
        first.settle()
        figures, days = first.figures(), first.days()
        records = [record for topic in TOPICS.values() for record in first.driver.read(topic)]
    with Observing(dsn, chunk=500) as again:
        for record in reversed(records):
            again.driver.publish(Outgoing(record.topic, record.key, record.value, record.headers))
        again.settle()

        assert (again.figures(), again.days()) == (figures, days)


def test_a_search_shows_without_a_further_event(observing: Observing) -> None:
    now = observing.clock.now().timestamp()
    observing.feed([search(now)])
    observing.driver.run_until_idle(0)
    observing.driver.run(observing.keeper.turn())
    assert not observing.figures().terms

    observing.settle(6)

    (row,) = observing.figures().terms.values()
    assert (row["searches"], row["people"]) == (1, {4})


def test_a_search_from_a_clock_that_is_ahead_is_closed_by_the_wall_clock(observing: Observing) -> None:
    now = observing.clock.now().timestamp()
    observing.feed([search(now + 20)])
    observing.settle(15)
    assert not observing.figures().terms

    observing.settle(10)

    assert len(observing.figures().terms) == 1


def test_nothing_is_done_where_nothing_happens(observing: Observing) -> None:
    observing.feed([search(observing.clock.now().timestamp())])
    observing.settle()

    assert observing.work_left() == 0
    assert observing.driver.run(observing.keeper.turn()) == 0


def test_tests_and_replays_stay_out(observing: Observing) -> None:
    now = observing.clock.now().timestamp()
    observing.feed([search(now, 1)], source="test")
    observing.feed([search(now, 2)], source="replay")
    observing.settle(10)

    assert not observing.figures().terms
    assert observing.metrics.counted == {"test": 1, "replay": 1}


def test_what_comes_a_day_late_is_left_out_and_counted(observing: Observing) -> None:
    now = observing.clock.now().timestamp()
    observing.feed([search(now - 86_401, 1), search(now - 86_399, 2, text="방패")])
    observing.settle(10)

    assert [key[2] for key in observing.figures().terms] == ["방패"]
    assert observing.metrics.counted == {"late": 1}


def test_simulated_days_of_long_ago_are_taken(observing: Observing) -> None:
    observing.feed([search(observing.clock.now().timestamp() - 14 * 86_400)], source="simulated")
    observing.settle(10)

    assert [key[0] for key in observing.figures().terms] == [True]


def test_what_will_happen_is_a_dead_letter(observing: Observing) -> None:
    observing.feed([search(observing.clock.now().timestamp() + 301)])
    observing.settle(5)

    (letter,) = observing.driver.dead_letters("insights")
    assert "301 s after" in letter.message


@pytest.mark.parametrize(
    "raw",
    [
        Raw("view", id_at(0, 1), NOW.timestamp(), 4, "a", item_id="sword"),
        Raw("click", id_at(0, 1), NOW.timestamp(), 4, "a", item_id=ITEMS[0], query_id="1"),
        Raw("view", id_at(0, 1), NOW.timestamp(), 2**64, "a", item_id=ITEMS[0]),
    ],
    ids=["item", "query", "person"],
)
def test_a_name_that_is_none_is_a_dead_letter(observing: Observing, raw: Raw) -> None:
    observing.feed([raw])
    observing.settle(5)

    assert len(observing.driver.dead_letters("insights")) == 1


def test_many_small_segments_become_one_and_say_the_same(observing: Observing) -> None:
    now = observing.clock.now().timestamp()
    for number in range(40):
        observing.feed([search(now - 600, number, text=f"검{number}", person=4 * number)])
        observing.driver.run_until_idle(0)
    observing.settle()
    before = observing.figures()
    segments = observing.driver.run(observing.database.fetch("SELECT events FROM observations"))
    observing.feed([search(now - 300, 99, text="방패")])
    observing.settle()

    assert [row["events"] for row in segments] == [40]
    assert len(observing.figures().terms) == len(before.terms) + 1 == 41

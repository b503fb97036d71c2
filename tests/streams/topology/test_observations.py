"""Searches, clicks and views on their way into figures: whatever comes twice, late or after a crash, the figures are
those of each having come once. What the keeper makes of them in PostgreSQL: tests/streams/agents/test_insights.py.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from herofactory.insights.folding import fold as folding
from herofactory.platform.delivery import TopicValues
from herofactory.platform.events import EventCodec
from herofactory.platform.events.registry import EmbeddedRegistry, MemorySchemaStore
from herofactory.platform.records import Outgoing
from herofactory.platform.telemetry.metrics import NoMetrics
from streams.agents.insights import insights
from streams.testing import TopologyDriver
from streams.testing_clock import START, FakeClock
from streams.testing_consumer import CrashPoint
from tests.herofactory.insights.drawn import raw_events
from tests.herofactory.insights.events import event_of
from tests.herofactory.insights.naive import Raw
from tests.streams.topology.test_topology import CASES
from tests.support.memory.observations import MemoryObservations

TOPICS = {"search": "search.query", "click": "search.clicked", "view": "item.viewed"}
CODEC = EventCodec(EmbeddedRegistry(MemorySchemaStore()))
CODEC.register_all()
crashes: st.SearchStrategy[list[tuple[CrashPoint, int]]] = st.lists(
    st.tuples(st.sampled_from(("effect", "ack")), st.integers(0, 3)), max_size=4
)


class Observing:
    def __init__(self, chunk: int) -> None:
        clock = FakeClock(START + timedelta(hours=20))
        self.kept = MemoryObservations()
        agent = insights(self.kept.database, CODEC, clock, NoMetrics())
        self.driver = TopologyDriver([agent], TopicValues(CODEC), clock=clock, chunk=chunk)

    def feed(self, raw: Raw) -> None:
        event, at = event_of(raw), datetime.fromtimestamp(raw.at, UTC)
        self.driver.feed(TOPICS[raw.kind], event.key, event, event_id=raw.event_id, occurred_at=at)


def figures(events: list[Raw]) -> object:
    """Each once, in order, undisturbed."""
    observing = Observing(500)
    with observing.driver as driver:
        for each in events:
            observing.feed(each)
        driver.run_until_idle()
    return observing.kept.figures()


SETTINGS = settings(max_examples=CASES, deadline=None, derandomize=True, database=None)
histories = given(raw_events(bursts=False), crashes, st.integers(0, 99), st.sampled_from([1, 7, 500]))


@SETTINGS
@histories
def test_figures_are_those_of_each_observation_once(
    events: list[Raw], crashes: list[tuple[CrashPoint, int]], seed: int, chunk: int
) -> None:
    check(events, crashes, seed, chunk)


def test_counting_by_hit_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: what was stored twice counts twice."""
    monkeypatch.setattr(folding, "once", list)
    with pytest.raises(AssertionError):
        settings(SETTINGS, phases=[Phase.generate])(histories(check))()


def check(events: list[Raw], crashes: list[tuple[CrashPoint, int]], seed: int, chunk: int) -> None:
    observing, random = Observing(chunk), Random(seed)
    with observing.driver as driver:
        for each in random.sample(events, len(events)):
            observing.feed(each)
            if crashes and random.random() < 0.3:
                driver.crash("insights", crashes[0][0], skip=crashes.pop(0)[1])
            if random.random() < 0.3:
                driver.run_until_idle()
            if random.random() < 0.2:
                record = random.choice([record for topic in TOPICS.values() for record in driver.read(topic)])
                driver.publish(Outgoing(record.topic, record.key, record.value, record.headers))
        driver.run_until_idle()
        assert driver.lag("insights") == 0
        assert not driver.dead_letters("insights")
    assert observing.kept.figures() == figures(events)

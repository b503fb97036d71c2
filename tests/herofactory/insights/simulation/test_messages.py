from __future__ import annotations

from datetime import UTC, datetime, timedelta

from herofactory.insights.simulation.messages import batches
from herofactory.insights.simulation.plan import Plan
from herofactory.insights.simulation.simulator import LATE_S, Simulator
from herofactory.platform.events import EventCodec, Headers
from tests.herofactory.insights.simulated import ITEMS

START = datetime(2026, 5, 4, tzinfo=UTC)
DAYS = 0.25
END = START + timedelta(days=DAYS)
PLAN = Plan(START, days=DAYS, visits=400, people=50, bursts=2, late_bursts=1, settling_days=0.1, robots=1)


def test_messages_say_when_it_happened_and_that_it_is_simulated_and_repeat(codec: EventCodec) -> None:
    first, again = (
        [message for batch in batches(codec, Simulator(PLAN, ITEMS).events(), END.timestamp(), 50) for message in batch]
        for _ in range(2)
    )
    assert first == again
    assert len(first) > 100
    for message in first:
        headers = Headers.parse(message.headers)
        assert START <= headers.occurred_at < END
        assert message.value is not None
        event = codec.decode(message.topic, message.value)
        assert event.source == "simulated"  # type: ignore[attr-defined]  # every event of these topics has one
        assert message.key == event.key.encode()
        assert headers.event_type == message.topic
    assert len({message.headers["event-id"] for message in first}) == len(first)


def test_batches_are_of_the_size_asked_for(codec: EventCodec) -> None:
    sizes = [len(batch) for batch in batches(codec, Simulator(PLAN, ITEMS).events(), END.timestamp(), 50)]
    assert set(sizes[:-1]) == {50}
    assert 0 < sizes[-1] <= 50


def test_a_late_burst_begins_within_the_last_hour() -> None:
    starts = [burst.start for burst in Simulator(PLAN, ITEMS).truth.bursts]
    assert starts[-1] == END.timestamp() - LATE_S
    assert starts[0] < END.timestamp() - 3600

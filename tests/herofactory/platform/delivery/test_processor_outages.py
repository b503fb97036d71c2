"""What is no fault of the record: waited for, or halted on, and never a dead letter."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from herofactory.platform.delivery import Agent, ChunkProcessor, Delivery, Fatal, Outage, Outcome, RetryPolicy
from herofactory.platform.delivery.values import Value
from herofactory.platform.eventlog.port import LogFull, UnknownTopic
from herofactory.platform.records import Outgoing
from tests.support.clock import InstantClock
from tests.support.delivery import Effects, JsonValues, Tally, Written, agent, processor, record


def test_an_outage_is_waited_out_however_long_and_never_counts_as_an_attempt() -> None:
    effects, written, clock = Effects(*[ConnectionError("refused")] * 200), Written(), InstantClock()
    asyncio.run(processor(agent(effects), written, clock=clock).process([record(0, "x")]))
    assert effects.values == ["x"]
    assert set(effects.attempts) == {1}
    assert not written.letters
    assert max(clock.sleeps) <= RetryPolicy().max_s
    assert len(set(clock.sleeps)) > 100, "jitter"


def test_a_handler_that_hangs_is_an_outage_and_says_so() -> None:
    causes: list[str | None] = []

    async def handle(delivery: Delivery) -> Sequence[Outgoing]:
        causes.append(subject.status().cause)
        if len(causes) < 4:
            await asyncio.Event().wait()
        return ()

    written = Written()
    impatient = replace(agent(handle, retry=RetryPolicy(pause_after_s=0.01)), timeout_s=0.001)
    subject = processor(impatient, written)
    asyncio.run(subject.process([record(0)]))
    assert causes[-1] == "Outage: the handler took longer than 0.001 s"
    assert not written.messages


async def all_ok(deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
    return [Outcome.ok()] * len(deliveries)


def test_a_registry_that_cannot_be_reached_is_no_fault_of_the_record() -> None:
    class Remote(JsonValues):
        failures = 3

        def decode(self, topic: str, data: bytes) -> Value:
            self.failures -= 1
            if self.failures >= 0:
                raise ConnectionError("registry")
            return super().decode(topic, data)

    for style in ({"handle": Effects()}, {"handle_batch": all_ok}):
        written = Written()
        definition = Agent(name="counting", sources=("numbers",), **style)
        subject = ChunkProcessor(definition, publisher=written, values=Remote(), clock=InstantClock())
        asyncio.run(subject.process([record(0)]))
        assert subject.status().records == 1
        assert not written.letters


def test_a_dependency_that_asks_for_patience_gets_it() -> None:
    clock = InstantClock()
    asyncio.run(processor(agent(Effects(Outage("busy", retry_after=42.0))), clock=clock).process([record(0)]))
    assert clock.sleeps == [42.0]


def test_a_long_outage_shows_as_paused_with_its_cause_and_ends_as_running() -> None:
    class Watching(Effects):
        async def __call__(self, delivery: Delivery) -> Sequence[Outgoing]:
            seen.append((subject.status().state, subject.status().cause))
            return await super().__call__(delivery)

    seen: list[tuple[str, str | None]] = []
    metrics = Tally()
    subject = processor(agent(Watching(*[ConnectionError("refused")] * 12)), metrics=metrics)
    asyncio.run(subject.process([record(0)]))
    assert seen[0] == ("running", None)
    assert seen[-1] == ("paused", "ConnectionError: refused")
    assert subject.status().state == "running"
    assert metrics.counters["hero_agent_outages_total", "counting", "ConnectionError"] == 12
    assert metrics.gauges["hero_agent_state", "counting"] == 0


def test_an_outage_that_turns_into_an_error_is_over() -> None:
    states: list[str] = []

    async def handle(delivery: Delivery) -> Sequence[Outgoing]:
        states.append(subject.status().state)
        if len(states) <= 12:
            raise ConnectionError("refused")
        raise KeyError("reached, and now this")

    subject = processor(agent(handle))
    asyncio.run(subject.process([record(0)]))
    assert states[-3:] == ["paused", "running", "running"]


def test_a_log_that_is_down_is_waited_for() -> None:
    failures = [LogFull("no space"), ConnectionError("broker")]

    def refuse(_: Sequence[Outgoing]) -> None:
        if failures:
            raise failures.pop(0)

    effects, written = Effects(), Written(refuse)
    asyncio.run(processor(agent(effects), written).process([record(0, "x")]))
    assert effects.values == ["x"], "handled once: only the writing is repeated"
    assert len(written.messages) == 1


def test_an_output_topic_that_does_not_exist_halts_the_agent_until_it_does() -> None:
    missing = 3

    def refuse(_: Sequence[Outgoing]) -> None:
        nonlocal missing
        missing -= 1
        if missing >= 0:
            states.append((subject.status().state, clock.elapsed))
            raise UnknownTopic("topic 'seen' does not exist")

    states: list[tuple[str, float]] = []
    clock, written = InstantClock(), Written(refuse)
    subject = processor(agent(Effects()), written, clock=clock)
    asyncio.run(subject.process([record(0)]))
    assert states == [("running", 0.0), ("halted", 60.0), ("halted", 120.0)]
    assert subject.status().state == "running"
    assert not written.letters


def test_a_fatal_error_halts_and_is_probed_without_dead_letters() -> None:
    effects, written, clock = Effects(Fatal("index of another schema")), Written(), InstantClock()
    subject = processor(agent(effects), written, clock=clock)
    asyncio.run(subject.process([record(0, "x")]))
    assert effects.values == ["x"]
    assert clock.sleeps == [60.0]
    assert not written.letters

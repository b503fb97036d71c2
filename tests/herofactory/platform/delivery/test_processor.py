from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from herofactory.platform.delivery import (
    Agent,
    ChunkProcessor,
    DeadLetter,
    Delivery,
    Fatal,
    MemoryParkedKeys,
    Outage,
    Outcome,
    Poison,
    RetryPolicy,
    derive,
)
from herofactory.platform.delivery.values import Value
from herofactory.platform.eventlog.port import LogFull, Position, UnknownTopic
from herofactory.platform.records import Outgoing, Record
from tests.support.delivery import (
    EPOCH,
    InstantClock,
    JsonValues,
    Tally,
    Written,
    agent,
    processor,
    record,
    turns_until,
)


class Effects:
    """A handler that stores what it is given, after failing as often as told."""

    def __init__(self, *failures: Exception) -> None:
        self.values: list[object] = []
        self.attempts: list[int] = []
        self.failures = list(failures)

    async def __call__(self, delivery: Delivery) -> Sequence[Outgoing]:
        self.attempts.append(delivery.attempt)
        await asyncio.sleep(0)
        if self.failures:
            raise self.failures.pop(0)
        self.values.append(delivery.event)
        return [derive(delivery, "seen", delivery.key, delivery.event)]


async def all_ok(deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
    return [Outcome.ok()] * len(deliveries)


def test_a_chunk_is_done_when_effects_and_outputs_are_stored() -> None:
    effects, written = Effects(), Written()
    asyncio.run(processor(agent(effects), written).process([record(0, "a"), record(1, "b", key="other")]))
    assert sorted(map(str, effects.values)) == ["a", "b"]
    assert [message.value for message in written.messages] == [b'"a"', b'"b"']


def test_outputs_of_a_key_keep_the_order_of_their_records() -> None:
    async def handle(delivery: Delivery) -> Sequence[Outgoing]:
        for _ in range(10 - delivery.record.offset):
            await asyncio.sleep(0)
        return [derive(delivery, "seen", delivery.key, delivery.record.offset)]

    written = Written()
    chunk = [record(n, key=f"k{n % 3}") for n in range(10)]
    asyncio.run(processor(agent(handle), written).process(chunk))
    for key in (0, 1, 2):
        mine = [int(message.value or b"") for message in written.messages if message.key == f"k{key}".encode()]
        assert mine == list(range(key, 10, 3))


def test_what_is_done_at_once_is_written_in_the_order_of_the_chunk() -> None:
    async def handle(delivery: Delivery) -> Sequence[Outgoing]:
        return [derive(delivery, "seen", delivery.key, delivery.record.offset)]

    written = Written()
    asyncio.run(processor(agent(handle), written).process([record(n, key=f"k{n % 3}") for n in range(10)]))
    assert [message.value for message in written.messages] == [str(n).encode() for n in range(10)]


def test_what_is_done_is_written_while_its_neighbour_waits_for_a_dependency() -> None:
    async def scenario() -> None:
        down = asyncio.Event()

        async def handle(delivery: Delivery) -> Sequence[Outgoing]:
            if delivery.key == "slow":
                await down.wait()
            if delivery.key == "bad":
                raise Poison("bad")
            return [derive(delivery, "seen", delivery.key, 1)]

        written = Written()
        subject = processor(agent(handle), written)
        chunk = [record(0, key="slow"), record(1, key="fast"), record(2, key="bad")]
        task = asyncio.get_running_loop().create_task(subject.process(chunk))
        await turns_until(lambda: len(written.messages) == 2)
        assert not task.done(), "but nothing may be acked yet"
        assert (subject.status().records, subject.status().in_flight) == (2, 3)
        down.set()
        await task
        assert len(written.messages) == 3

    asyncio.run(scenario())


def test_an_empty_chunk_is_done_at_once() -> None:
    asyncio.run(processor(agent(Effects())).process([]))


def test_a_tombstone_reaches_the_handler_as_none() -> None:
    effects = Effects()
    asyncio.run(processor(agent(effects)).process([record(0, None)]))
    assert effects.values == [None]


def test_one_key_is_handled_in_order_and_different_keys_at_once_within_the_bound() -> None:
    running: list[str] = []
    most = 0

    async def handle(delivery: Delivery) -> Sequence[Outgoing]:
        nonlocal most
        assert delivery.key not in running
        running.append(delivery.key)
        most = max(most, len(running))
        for _ in range(3):
            await asyncio.sleep(0)
        running.remove(delivery.key)
        return ()

    chunk = [record(n, key=f"k{n % 6}") for n in range(30)]
    asyncio.run(processor(agent(handle, parallelism=3)).process(chunk))
    assert most == 3


def test_chunks_of_several_partitions_share_the_bound() -> None:
    running = most = 0

    async def handle(delivery: Delivery) -> Sequence[Outgoing]:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return ()

    async def scenario() -> None:
        subject = processor(agent(handle, parallelism=2))
        chunks = [[replace(record(n, key=f"{n}"), partition=number) for n in range(6)] for number in range(3)]
        await asyncio.gather(*(subject.process(chunk) for chunk in chunks))

    asyncio.run(scenario())
    assert most == 2


def test_records_without_a_key_hinder_nobody() -> None:
    order: list[int] = []

    async def handle(delivery: Delivery) -> Sequence[Outgoing]:
        if delivery.record.offset == 0:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        order.append(delivery.record.offset)
        return ()

    asyncio.run(processor(agent(handle)).process([record(n, key=None) for n in range(3)]))
    assert order == [1, 2, 0]


def test_undecodable_bytes_become_a_dead_letter_and_their_neighbours_go_on() -> None:
    effects, written = Effects(), Written()
    chunk = [record(0, "a"), record(1, b"\xff{"), record(2, "c")]
    asyncio.run(processor(agent(effects), written).process(chunk))
    assert effects.values == ["a", "c"]
    (letter,) = written.letters
    assert (letter.kind, letter.cause, letter.offset, letter.value) == ("decode", "Undecodable", 1, b"\xff{")


@pytest.mark.parametrize(
    ("header", "value", "message"),
    [
        ("event-id", None, "'event-id' is missing"),
        ("event-id", b"17", "badly formed hexadecimal UUID"),
        ("occurred-at", None, "'occurred-at' is missing"),
        ("occurred-at", b"yesterday", "Invalid isoformat string: 'yesterday'"),
        ("revision", b"three", "'three'"),
    ],
)
def test_a_record_whose_headers_say_nothing_is_a_dead_letter(header: str, value: bytes | None, message: str) -> None:
    good = record(0)
    headers = {name: text for name, text in {**good.headers, header: value or b""}.items() if text}
    written = Written()
    asyncio.run(processor(agent(Effects()), written).process([replace(good, headers=headers)]))
    assert message in written.letters[0].message
    assert written.letters[0].kind == "decode"


def test_poison_becomes_a_dead_letter_at_once() -> None:
    effects, written = Effects(Poison("no such category: 'spoon'")), Written()
    asyncio.run(processor(agent(effects), written).process([record(0, "bad"), record(1, "good")]))
    (letter,) = written.letters
    assert (letter.cause, letter.message, letter.attempts) == ("Poison", "no such category: 'spoon'", 1)
    assert effects.values == ["good"]


def test_an_unknown_error_is_tried_again_and_then_poison() -> None:
    effects, written, clock = Effects(*[KeyError("colour")] * 3), Written(), InstantClock()
    asyncio.run(processor(agent(effects), written, clock=clock).process([record(0)]))
    assert effects.attempts == [1, 2, 3]
    assert (written.letters[0].cause, written.letters[0].attempts) == ("KeyError", 3)
    assert len(clock.sleeps) == 2


def test_an_unknown_error_that_passes_leaves_no_dead_letter() -> None:
    effects, written = Effects(KeyError("colour"), KeyError("colour")), Written()
    asyncio.run(processor(agent(effects), written).process([record(0, "x")]))
    assert effects.values == ["x"]
    assert not written.letters


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


def test_status_tells_what_was_done() -> None:
    subject = processor(agent(Effects(Poison("bad"))), metrics=(metrics := Tally()))
    asyncio.run(subject.process([record(n) for n in range(5)]))
    status = subject.status()
    assert (status.records, status.outputs, status.dead_letters, status.in_flight) == (5, 4, 1, 0)
    assert status.last_progress is not None
    assert metrics.counters["hero_agent_records_total", "counting", "done"] == 4
    assert metrics.counters["hero_agent_records_total", "counting", "dead"] == 1
    assert metrics.counters["hero_agent_outputs_total", "counting", "seen"] == 4
    assert metrics.counters["hero_dead_letters_total", "counting", "Poison"] == 1


def test_a_handler_whose_own_tasks_were_cancelled_is_no_licence_to_ack() -> None:
    async def handle(delivery: Delivery) -> Sequence[Outgoing]:
        task = asyncio.get_running_loop().create_task(asyncio.sleep(10))
        task.cancel()
        await task
        return ()

    written = Written()
    asyncio.run(processor(agent(handle), written).process([record(0)]))
    assert written.letters[0].cause == "CancelledError"


def test_cancelling_gives_the_chunk_back_without_a_dead_letter() -> None:
    async def scenario() -> Written:
        written = Written()

        async def handle(delivery: Delivery) -> Sequence[Outgoing]:
            await asyncio.Event().wait()
            return ()

        subject = processor(agent(handle), written)
        task = asyncio.get_running_loop().create_task(subject.process([record(0), record(1, b"broken")]))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert subject.status().in_flight == 2
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert subject.status().in_flight == 0
        return written

    assert asyncio.run(scenario()).messages == []


def test_a_log_that_is_down_is_waited_for() -> None:
    failures = [LogFull("no space"), ConnectionError("broker")]

    def refuse(_: Sequence[Outgoing]) -> None:
        if failures:
            raise failures.pop(0)

    effects, written = Effects(), Written(refuse)
    asyncio.run(processor(agent(effects), written).process([record(0, "x")]))
    assert effects.values == ["x"], "handled once: only the writing is repeated"
    assert len(written.messages) == 1


def test_an_output_that_no_log_takes_makes_a_dead_letter_of_its_record_alone() -> None:
    def refuse(messages: Sequence[Outgoing]) -> None:
        if any(message.topic == "seen" and message.value == b'"huge"' for message in messages):
            raise ValueError("message too large")

    written = Written(refuse)
    asyncio.run(processor(agent(Effects()), written).process([record(0, "a"), record(1, "huge"), record(2, "c")]))
    (letter,) = written.letters
    assert (letter.kind, letter.offset, letter.cause) == ("produce", 1, "ValueError")
    assert [message.value for message in written.outputs] == [b'"a"', b'"c"']


def test_a_dead_letter_that_no_log_takes_halts_the_agent_and_is_not_lost() -> None:
    refusals = 20

    def refuse(messages: Sequence[Outgoing]) -> None:
        nonlocal refusals
        if any(message.topic == "dead.counting" for message in messages):
            refusals -= 1
            if refusals >= 0:
                states.add(subject.status().state)
                raise ValueError("record too large")

    states: set[str] = set()
    written = Written(refuse)
    subject = processor(agent(Effects(Poison("bad"))), written)
    asyncio.run(subject.process([record(0), record(1, "b")]))
    assert states == {"running", "halted"}
    assert [(letter.offset, letter.cause) for letter in written.letters] == [(0, "Poison")]
    assert [message.value for message in written.outputs] == [b'"b"']


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


def test_an_ordered_agent_needs_a_store_of_parked_keys() -> None:
    with pytest.raises(ValueError, match="ordered and so needs `parked`"):
        processor(agent(Effects(), ordered=True))


def test_settings_that_contradict_each_other_are_named() -> None:
    with pytest.raises(ValueError, match="exactly one of handle and handle_batch"):
        Agent(name="a", sources=("t",))
    with pytest.raises(ValueError, match="ordered and handle_batch"):
        Agent(name="a", sources=("t",), ordered=True, handle_batch=lambda _: asyncio.sleep(0, result=()))
    with pytest.raises(ValueError, match="base_s <= max_s"):
        RetryPolicy(base_s=2, max_s=1)


def _die(_: Sequence[Outgoing]) -> None:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    raise asyncio.CancelledError


class TestOrdered:
    def test_later_events_of_a_key_wait_behind_its_dead_letter(self) -> None:
        effects, written, parked = Effects(Poison("bad")), Written(), MemoryParkedKeys()
        subject = processor(agent(effects, ordered=True, parallelism=1), written, parked=parked)
        asyncio.run(subject.process([record(0, "a0"), record(1, "a1"), record(2, "b", key="b")]))
        asyncio.run(subject.process([record(3, "a3")]))
        assert effects.values == ["b"]
        assert [(letter.offset, letter.cause, letter.kind) for letter in written.letters] == [
            (0, "Poison", "process"),
            (1, "PARKED", "parked"),
            (3, "PARKED", "parked"),
        ]

    def test_a_key_stays_parked_through_a_restart_until_all_that_waited_went_through(self) -> None:
        parked, written, effects = MemoryParkedKeys(), Written(), Effects()
        asyncio.run(processor(agent(Effects(Poison("x")), ordered=True), written, parked=parked).process([record(0)]))
        subject = processor(agent(effects, ordered=True), written, parked=parked)
        asyncio.run(subject.process([record(1, "one")]))
        assert [letter.cause for letter in written.letters] == ["Poison", "PARKED"]
        back = [letter.to_retry() for letter in written.letters]
        retries = [Record(m.topic, 0, n, m.key, m.value, m.headers, 0) for n, m in enumerate(back)]
        asyncio.run(subject.process(retries[:1]))
        asyncio.run(subject.process([record(2, "two")]))
        assert written.letters[-1].offset == 2, "there is still one before it"
        asyncio.run(subject.process(retries[1:]))
        last = written.letters[-1].to_retry()
        asyncio.run(subject.process([Record(last.topic, 0, 2, last.key, last.value, last.headers, 0)]))
        asyncio.run(subject.process([record(3, "free")]))
        assert effects.values == [1, "one", "two", "free"]

    def test_what_comes_back_when_it_has_no_place_any_more_is_done_with(self) -> None:
        """It went through before, and the command that sent it again did not know."""
        effects, parked = Effects(), MemoryParkedKeys()
        letter = DeadLetter.of("counting", record(0), Poison("x"), attempts=1, at=EPOCH, ordered=True).to_retry()
        subject = processor(agent(effects, ordered=True), parked=parked)
        asyncio.run(subject.process([Record(letter.topic, 0, 0, letter.key, letter.value, letter.headers, 0)]))
        assert effects.values == []
        assert subject.status().records == 1

    def test_the_record_that_parked_its_key_is_not_parked_when_it_comes_again(self) -> None:
        parked, written = MemoryParkedKeys(), Written()
        for _ in range(2):
            subject = processor(agent(Effects(Poison("bad")), ordered=True), written, parked=parked)
            asyncio.run(subject.process([record(0), record(1)]))
        causes = [(letter.offset, letter.cause) for letter in written.letters]
        assert causes == [(0, "Poison"), (1, "PARKED")] * 2

    def test_a_key_is_parked_for_all_topics_of_its_agent(self) -> None:
        parked, effects, written = MemoryParkedKeys(), Effects(Poison("bad")), Written()
        subject = processor(agent(effects, ordered=True), written, parked=parked)
        asyncio.run(subject.process([record(7, topic="created")]))
        asyncio.run(subject.process([record(2, topic="updated"), record(3, key="other", topic="updated")]))
        assert [(letter.topic, letter.cause) for letter in written.letters] == [
            ("created", "Poison"),
            ("updated", "PARKED"),
        ]

    def test_it_has_its_place_in_the_line_before_its_letter_is_written(self) -> None:
        """Dead in between, it comes again and either goes through or writes its letter: nothing is left behind."""
        parked, written = MemoryParkedKeys(), Written(_die)
        subject = processor(agent(Effects(Poison("bad")), ordered=True), written, parked=parked)
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(subject.process([record(0)]))
        assert not written.letters
        assert asyncio.run(parked.among("counting", [b"k"])) == {b"k": [Position("numbers", 0, 0)]}

    def test_an_unordered_agent_lets_later_events_pass(self) -> None:
        effects = Effects(Poison("bad"))
        asyncio.run(processor(agent(effects)).process([record(0, "a"), record(1, "b")]))
        assert effects.values == ["b"]

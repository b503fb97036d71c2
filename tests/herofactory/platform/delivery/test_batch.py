from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from herofactory.platform.delivery import Delivery, DlqLimit, Outcome
from herofactory.platform.records import Outgoing, Record
from tests.support.clock import InstantClock
from tests.support.delivery import Written, agent, processor, record


class Sink:
    """Keeps the last value of each key; answers as told, then ok."""

    def __init__(self, *answers: Sequence[Outcome] | Exception) -> None:
        self.answers = list(answers)
        self.batches: list[list[object]] = []
        self.rows: dict[str, object] = {}
        self.broken: set[object] = set()

    async def __call__(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        self.batches.append([delivery.event for delivery in deliveries])
        await asyncio.sleep(0)
        if any(delivery.event in self.broken for delivery in deliveries):
            raise ValueError("something in here is broken")
        answer = self.answers.pop(0) if self.answers else [Outcome.ok()] * len(deliveries)
        if isinstance(answer, Exception):
            raise answer
        for delivery, outcome in zip(deliveries, answer, strict=False):
            if outcome.kind == "ok":
                self.rows[delivery.key] = delivery.event
        return answer


OK, SLOW = Outcome.ok(), Outcome.transient("429")


def test_a_chunk_is_one_batch() -> None:
    sink = Sink()
    asyncio.run(processor(agent(handle_batch=sink)).process([record(n, n) for n in range(5)]))
    assert sink.batches == [[0, 1, 2, 3, 4]]


def test_an_undecodable_record_is_not_in_the_batch() -> None:
    sink, written = Sink(), Written()
    chunk = [record(0, "a"), record(1, b"\xff"), record(2, "c")]
    asyncio.run(processor(agent(handle_batch=sink), written).process(chunk))
    assert sink.batches == [["a", "c"]]
    assert [letter.offset for letter in written.letters] == [1]


def test_what_is_transient_is_offered_again_and_only_that() -> None:
    sink, written = Sink([OK, SLOW, OK]), Written()
    chunk = [record(n, n, key=f"k{n}") for n in range(3)]
    asyncio.run(processor(agent(handle_batch=sink), written).process(chunk))
    assert sink.batches == [[0, 1, 2], [1]]
    assert not written.letters


def test_later_writes_of_a_key_are_repeated_behind_its_transient_one() -> None:
    sink = Sink([SLOW, OK, OK])
    chunk = [record(0, "old"), record(1, "other", key="other"), record(2, "new")]
    asyncio.run(processor(agent(handle_batch=sink)).process(chunk))
    assert sink.batches == [["old", "other", "new"], ["old", "new"]]
    assert sink.rows == {"k": "new", "other": "other"}


def test_a_record_outcome_is_a_dead_letter_of_that_record() -> None:
    written = Written()
    sink = Sink([OK, Outcome.record("mapping: price is no number"), OK])
    asyncio.run(processor(agent(handle_batch=sink), written).process([record(n, n) for n in range(3)]))
    (letter,) = written.letters
    assert (letter.offset, letter.cause, letter.message) == (1, "Poison", "mapping: price is no number")


def test_a_fatal_outcome_halts_and_the_rest_is_offered_again_after_the_cool_down() -> None:
    sink, written, clock = Sink([OK, Outcome.fatal("who knows")]), Written(), InstantClock()
    asyncio.run(processor(agent(handle_batch=sink), written, clock=clock).process([record(0, 0), record(1, 1)]))
    assert sink.batches == [[0, 1], [1]] or sink.batches == [[0, 1], [0, 1]]
    assert clock.sleeps == [60.0]
    assert not written.letters


def test_an_outage_of_the_sink_repeats_the_batch() -> None:
    sink, written = Sink(*[ConnectionError("down")] * 20), Written()
    asyncio.run(processor(agent(handle_batch=sink), written).process([record(0, 0), record(1, 1)]))
    assert len(sink.batches) == 21
    assert not written.letters


def test_a_batch_that_fails_for_an_unknown_reason_is_halved_down_to_the_broken_record() -> None:
    sink, written = Sink(), Written()
    sink.broken = {11}
    chunk = [record(n, n, key=f"k{n}") for n in range(32)]
    asyncio.run(processor(agent(handle_batch=sink), written).process(chunk))
    assert [(letter.offset, letter.cause) for letter in written.letters] == [(11, "ValueError")]
    assert sorted(map(str, sink.rows.values())) == sorted(str(n) for n in range(32) if n != 11)
    tries = Counter(len(batch) for batch in sink.batches if 11 in batch)
    assert tries == {32: 3, 16: 1, 8: 1, 4: 1, 2: 1, 1: 3}


def test_halving_keeps_the_order_of_a_key() -> None:
    sink = Sink()
    sink.broken = {0}
    asyncio.run(processor(agent(handle_batch=sink)).process([record(n, n) for n in range(9)]))
    assert sink.rows == {"k": 8}


@pytest.mark.parametrize("outcomes", [[], [OK], [OK, OK, OK]])
def test_a_wrong_number_of_outcomes_halts_and_loses_nothing(outcomes: list[Outcome]) -> None:
    sink, written = Sink(outcomes), Written()
    asyncio.run(processor(agent(handle_batch=sink), written).process([record(0, 0), record(1, 1)]))
    assert sink.batches[-1] == [0, 1]
    assert not written.letters


def test_a_sink_that_refuses_everything_halts_before_it_drains_the_topic() -> None:
    async def scenario() -> None:
        async def refuse(deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
            await asyncio.sleep(0)
            return [Outcome.record("no")] * len(deliveries)

        written = Written()
        subject = processor(agent(handle_batch=refuse, limit=DlqLimit(max_run=5)), written)
        task = asyncio.get_running_loop().create_task(subject.process([record(n, key=f"{n}") for n in range(50)]))
        for _ in range(300):
            await asyncio.sleep(0)
        assert subject.status().state == "halted"
        assert not task.done()
        task.cancel()
        await asyncio.wait([task])
        assert len(written.letters) == 5

    asyncio.run(scenario())


def test_only_one_batch_is_in_flight() -> None:
    busy = False

    async def handle(deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        nonlocal busy
        assert not busy
        busy = True
        await asyncio.sleep(0)
        busy = False
        return [OK] * len(deliveries)

    async def scenario() -> None:
        subject = processor(agent(handle_batch=handle))
        await asyncio.gather(*(subject.process([record(n)]) for n in range(4)))

    asyncio.run(scenario())


def _number(record: Record) -> int:
    return int(record.value or b"")


def test_an_agent_that_reads_by_itself_gets_what_it_read() -> None:
    batches: list[list[int]] = []

    async def handle(batch: Sequence[int]) -> Sequence[Outcome]:
        batches.append(list(batch))
        return [OK] * len(batch)

    written = Written()
    reading = processor(replace(agent(handle_batch=handle), read=_number), written)

    asyncio.run(reading.process([record(n, b"%d" % n) for n in range(4)]))

    assert batches == [[0, 1, 2, 3]]
    assert written.messages == []
    assert reading.status().records == 4


def test_what_it_cannot_read_becomes_a_dead_letter_alone() -> None:
    batches: list[list[int]] = []

    async def handle(batch: Sequence[int]) -> Sequence[Outcome]:
        batches.append(list(batch))
        return [OK] * len(batch)

    written = Written()
    reading = processor(replace(agent(handle_batch=handle), read=_number), written)

    asyncio.run(reading.process([record(0, b"0"), record(1, b"one"), record(2, b"2")]))

    assert batches == [[0, 2]]
    assert [(letter.offset, letter.cause) for letter in written.letters] == [(1, "Undecodable")]
    assert (reading.status().records, reading.status().dead_letters) == (3, 1)


def test_only_a_batch_takes_what_an_agent_reads() -> None:
    async def handle(_: Delivery) -> Sequence[Outgoing]:
        return ()

    with pytest.raises(ValueError, match="handle_batch"):
        replace(agent(handle), read=_number)

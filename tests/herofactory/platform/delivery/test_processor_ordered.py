"""An ordered agent: later events of a key wait behind its dead letter."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from herofactory.platform.delivery import DeadLetter, MemoryParkedKeys, Poison
from herofactory.platform.eventlog.port import Position
from herofactory.platform.records import Outgoing, Record
from tests.support.delivery import EPOCH, Effects, Written, agent, processor, record


def test_later_events_of_a_key_wait_behind_its_dead_letter() -> None:
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


def test_a_key_stays_parked_through_a_restart_until_all_that_waited_went_through() -> None:
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


def test_what_comes_back_when_it_has_no_place_any_more_is_done_with() -> None:
    """It went through before, and the command that sent it again did not know."""
    effects, parked = Effects(), MemoryParkedKeys()
    letter = DeadLetter.of("counting", record(0), Poison("x"), attempts=1, at=EPOCH, ordered=True).to_retry()
    subject = processor(agent(effects, ordered=True), parked=parked)
    asyncio.run(subject.process([Record(letter.topic, 0, 0, letter.key, letter.value, letter.headers, 0)]))
    assert effects.values == []
    assert subject.status().records == 1


def test_the_record_that_parked_its_key_is_not_parked_when_it_comes_again() -> None:
    parked, written = MemoryParkedKeys(), Written()
    for _ in range(2):
        subject = processor(agent(Effects(Poison("bad")), ordered=True), written, parked=parked)
        asyncio.run(subject.process([record(0), record(1)]))
    causes = [(letter.offset, letter.cause) for letter in written.letters]
    assert causes == [(0, "Poison"), (1, "PARKED")] * 2


def test_a_key_is_parked_for_all_topics_of_its_agent() -> None:
    parked, effects, written = MemoryParkedKeys(), Effects(Poison("bad")), Written()
    subject = processor(agent(effects, ordered=True), written, parked=parked)
    asyncio.run(subject.process([record(7, topic="created")]))
    asyncio.run(subject.process([record(2, topic="updated"), record(3, key="other", topic="updated")]))
    assert [(letter.topic, letter.cause) for letter in written.letters] == [
        ("created", "Poison"),
        ("updated", "PARKED"),
    ]


def _die(_: Sequence[Outgoing]) -> None:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    raise asyncio.CancelledError


def test_it_has_its_place_in_the_line_before_its_letter_is_written() -> None:
    """Dead in between, it comes again and either goes through or writes its letter: nothing is left behind."""
    parked, written = MemoryParkedKeys(), Written(_die)
    subject = processor(agent(Effects(Poison("bad")), ordered=True), written, parked=parked)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(subject.process([record(0)]))
    assert not written.letters
    assert asyncio.run(parked.among("counting", [b"k"])) == {b"k": [Position("numbers", 0, 0)]}


def test_an_unordered_agent_lets_later_events_pass() -> None:
    effects = Effects(Poison("bad"))
    asyncio.run(processor(agent(effects)).process([record(0, "a"), record(1, "b")]))
    assert effects.values == ["b"]


def test_an_ordered_agent_needs_a_store_of_parked_keys() -> None:
    with pytest.raises(ValueError, match="ordered and so needs `parked`"):
        processor(agent(Effects(), ordered=True))

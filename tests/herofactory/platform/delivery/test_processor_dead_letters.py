"""Which failures become a dead letter of one record, and that its neighbours go on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from herofactory.platform.delivery import Delivery, Poison
from herofactory.platform.records import Outgoing
from tests.support.clock import InstantClock
from tests.support.delivery import Effects, Written, agent, processor, record


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


def test_a_handler_whose_own_tasks_were_cancelled_is_no_licence_to_ack() -> None:
    async def handle(delivery: Delivery) -> Sequence[Outgoing]:
        task = asyncio.get_running_loop().create_task(asyncio.sleep(10))
        task.cancel()
        await task
        return ()

    written = Written()
    asyncio.run(processor(agent(handle), written).process([record(0)]))
    assert written.letters[0].cause == "CancelledError"


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

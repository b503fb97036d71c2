from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from herofactory.platform.delivery import Agent, Delivery, Poison, RetryPolicy, derive
from herofactory.platform.records import Outgoing
from tests.support.delivery import Effects, Tally, Written, agent, processor, record, turns_until


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


def test_settings_that_contradict_each_other_are_named() -> None:
    with pytest.raises(ValueError, match="exactly one of handle and handle_batch"):
        Agent(name="a", sources=("t",))
    with pytest.raises(ValueError, match="ordered and handle_batch"):
        Agent(name="a", sources=("t",), ordered=True, handle_batch=lambda _: asyncio.sleep(0, result=()))
    with pytest.raises(ValueError, match="base_s <= max_s"):
        RetryPolicy(base_s=2, max_s=1)

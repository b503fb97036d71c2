from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from herofactory.platform.delivery import Delivery, DlqLimit, Poison
from herofactory.platform.records import Outgoing
from tests.support.clock import InstantClock
from tests.support.delivery import Written, agent, processor, record, turns_until


class Picky:
    """Refuses what is negative while `strict`."""

    def __init__(self) -> None:
        self.strict = True
        self.done: list[int] = []

    async def __call__(self, delivery: Delivery) -> Sequence[Outgoing]:
        value = delivery.expect(int)
        if value < 0 and self.strict:
            raise Poison(f"{value} is negative")
        self.done.append(value)
        return ()


def test_one_broken_record_of_three_halts_nobody() -> None:
    subject = processor(agent(Picky()), written := Written())
    asyncio.run(subject.process([record(0, 1), record(1, -1), record(2, 3)]))
    assert subject.status().state == "running"
    assert len(written.letters) == 1


def test_one_percent_of_broken_records_halts_nobody() -> None:
    subject = processor(agent(Picky()), written := Written())
    chunk = [record(n, -1 if n % 100 == 7 else n, key=f"{n}") for n in range(2000)]
    asyncio.run(subject.process(chunk))
    assert len(written.letters) == 20


def _halts_at(limit: DlqLimit, values: Sequence[int]) -> int | None:
    """The offset at which the agent halts."""

    class Stop(BaseException): ...

    class Clock(InstantClock):
        async def sleep(self, seconds: float) -> None:
            raise Stop

    subject = processor(agent(Picky(), parallelism=1, limit=limit), clock=Clock())
    for offset, value in enumerate(values):
        try:
            asyncio.run(subject.process([record(offset, value)]))
        except BaseExceptionGroup:
            assert subject.status().state == "halted"
            return offset
    return None


def test_a_run_of_dead_letters_beyond_the_limit_halts() -> None:
    assert _halts_at(DlqLimit(max_run=5), [-1] * 20) == 5
    assert _halts_at(DlqLimit(max_run=5), ([-1] * 5 + [1]) * 4) is None


def test_a_ratio_beyond_the_limit_halts_once_enough_was_seen() -> None:
    mixed = [-1, -1, -1, 1] * 10
    assert _halts_at(DlqLimit(max_ratio=0.5, minimum=20, max_run=100), mixed) == 20
    assert _halts_at(DlqLimit(max_ratio=0.8, minimum=20, max_run=100), mixed) is None


def test_what_left_the_window_no_longer_counts() -> None:
    limit = DlqLimit(max_ratio=0.5, minimum=10, window=10, max_run=100)
    assert _halts_at(limit, [1] * 100 + [-1] * 5) is None
    assert _halts_at(limit, [1] * 100 + [-1] * 6) == 105
    assert _halts_at(limit, ([-1] * 5 + [1] * 10) * 5) is None


def test_a_halted_agent_holds_its_records_and_goes_on_when_a_probe_succeeds() -> None:
    async def scenario() -> None:
        handler, written, clock = Picky(), Written(), InstantClock()
        subject = processor(agent(handler, limit=DlqLimit(max_run=3, cool_down_s=60)), written, clock=clock)
        task = asyncio.get_running_loop().create_task(
            subject.process([record(n, -n, key=f"{n}") for n in range(1, 11)])
        )
        await turns_until(lambda: clock.elapsed >= 200)
        status = subject.status()
        assert (status.state, len(written.letters)) == ("halted", 3)
        assert "more than 3 dead letters in a row; last: Poison: -4 is negative" in str(status.cause)
        handler.strict = False
        await task
        assert subject.status().state == "running"
        assert len(handler.done) == 7
        assert len(written.letters) == 3

    asyncio.run(scenario())


def test_what_was_under_way_when_the_agent_halted_is_no_probe() -> None:
    async def scenario() -> None:
        go = asyncio.Event()

        async def handle(delivery: Delivery) -> Sequence[Outgoing]:
            if delivery.key == "slow":
                await go.wait()
                return ()
            raise Poison("no")

        class Frozen(InstantClock):
            async def sleep(self, seconds: float) -> None:
                await asyncio.Event().wait()

        subject = processor(agent(handle, limit=DlqLimit(max_run=1)), clock=Frozen())
        chunk = [record(0, key="slow"), *(record(n, key=f"{n}") for n in range(1, 6))]
        task = asyncio.get_running_loop().create_task(subject.process(chunk))
        await turns_until(lambda: subject.status().state == "halted")
        go.set()
        await turns_until(lambda: subject.status().records == 2)
        assert subject.status().state == "halted"
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(scenario())


def test_a_halted_agent_lets_one_probe_through_per_cool_down() -> None:
    async def scenario() -> None:
        tries = 0

        async def handle(delivery: Delivery) -> Sequence[Outgoing]:
            nonlocal tries
            tries += 1
            raise Poison("no")

        clock = InstantClock()
        subject = processor(agent(handle, limit=DlqLimit(max_run=1, cool_down_s=60)), clock=clock)
        task = asyncio.get_running_loop().create_task(subject.process([record(n, key=f"{n}") for n in range(20)]))
        await turns_until(lambda: subject.status().state == "halted")
        before, since = tries, clock.elapsed
        await turns_until(lambda: clock.elapsed >= since + 600)
        assert tries - before <= 10
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(scenario())


def test_a_chunk_given_back_while_halted_does_not_take_the_probe_with_it() -> None:
    async def scenario() -> None:
        handler = Picky()
        subject = processor(agent(handler, limit=DlqLimit(max_run=1)))
        bad = [record(n, -1, key=f"{n}") for n in range(5)]
        task = asyncio.get_running_loop().create_task(subject.process(bad))
        await turns_until(lambda: subject.status().state == "halted")
        task.cancel()
        await asyncio.wait([task])
        handler.strict = False
        await subject.process(bad)
        assert subject.status().state == "running"

    asyncio.run(scenario())


def test_limits_that_contradict_each_other_are_named() -> None:
    with pytest.raises(ValueError, match=r"minimum=10, self.window=5"):
        DlqLimit(minimum=10, window=5)
    with pytest.raises(ValueError, match="max_ratio"):
        DlqLimit(max_ratio=0)

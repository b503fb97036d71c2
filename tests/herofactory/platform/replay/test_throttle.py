"""A replay keeps to its rate, waits for the live agents, and leaves them a share of the time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from herofactory.platform.eventlog.port import LogUnavailable, TopicConfig
from herofactory.platform.records import Outgoing
from herofactory.platform.replay.live_lag import COMMITTED_EVERY_S, LOOK_AGAIN_S, STUCK_S, LiveLag
from herofactory.platform.replay.throttle import SLICE_S, Throttle
from streams.testing_clock import FakeClock
from streams.testing_log import MemoryLog
from tests.support.clock import InstantClock

pytestmark = pytest.mark.anyio


class Said(LiveLag):
    def __init__(self) -> None:
        self.busy = False
        self.lag: float | Exception = 0.0

    def seconds(self) -> float:
        if isinstance(self.lag, Exception):
            raise self.lag
        return self.lag


@asynccontextmanager
async def watched(throttle: Throttle) -> AsyncIterator[None]:
    watch = asyncio.create_task(throttle.watch())
    try:
        yield
    finally:
        watch.cancel()


async def until(condition: object) -> None:
    async with asyncio.timeout(10):
        while not condition():  # type: ignore[operator]  # noqa: ASYNC110
            await asyncio.sleep(0.001)


async def test_records_come_no_faster_than_the_rate() -> None:
    clock = InstantClock()
    throttle = Throttle(clock, Said(), rate=100.0, max_lag_s=1.0)
    for _ in range(5):
        async with throttle.turn(50):
            pass
    assert clock.elapsed == pytest.approx(2.0), "the fifth chunk begins when the four before it are due"


async def test_a_pause_is_not_made_up_for() -> None:
    clock = InstantClock()
    throttle = Throttle(clock, Said(), rate=100.0, max_lag_s=1.0)
    clock.turn(60.0)
    for _ in range(3):
        async with throttle.turn(100):
            pass
    assert clock.elapsed == pytest.approx(62.0)


async def test_nothing_begins_while_live_agents_are_too_far_behind() -> None:
    lag = Said()
    lag.lag = 2.5
    throttle = Throttle(InstantClock(), lag, rate=None, max_lag_s=2.0)
    begun = asyncio.Event()

    async def work() -> None:
        async with throttle.turn(1):
            begun.set()

    async with watched(throttle):
        await until(lambda: throttle.waiting is not None)
        assert throttle.waiting == "live agents are 2.5 s behind (at most 2 s)"
        task = asyncio.create_task(work())
        await asyncio.sleep(0.02)
        assert not begun.is_set()
        lag.lag = LogUnavailable("no broker")
        await until(lambda: throttle.blind is not None)
        assert throttle.waiting == "the lag of the live agents is unknown: no broker"
        assert not begun.is_set()
        lag.lag = 1.5
        await task
        assert throttle.waiting is None


async def test_it_rests_only_while_live_events_come_in() -> None:
    lag, clock = Said(), InstantClock()
    throttle = Throttle(clock, lag, rate=None, max_lag_s=1.0, busy_share=0.5)
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await asyncio.sleep(0.001)

    clock.sleep = sleep  # type: ignore[method-assign]
    async with watched(throttle):
        await until(lambda: slept.count(SLICE_S) > 5)
        quiet = len(slept)
        assert throttle._awake.is_set()
        lag.busy = True
        await until(lambda: not throttle._awake.is_set())
        async with throttle.turn(1):
            held = len(slept)
            await asyncio.sleep(0.02)
            assert slept[held:].count(SLICE_S) <= 1, "a rest begins when nothing is in work"
        await until(lambda: len(slept) > quiet + 10)


async def test_after_a_chunk_longer_than_a_slice_it_rests_longer() -> None:
    lag, clock = Said(), InstantClock()
    throttle = Throttle(clock, lag, rate=None, max_lag_s=1.0, busy_share=0.25)
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await asyncio.sleep(0)

    clock.sleep = sleep  # type: ignore[method-assign]
    lag.busy = True
    async with watched(throttle):
        async with throttle.turn(1):
            await until(lambda: not throttle._awake.is_set())
            clock.turn(10.0)
        await until(lambda: max(slept) > 1.0)
    assert max(slept) == 30.0


@pytest.mark.parametrize("wrong", [{"rate": 0.0}, {"rate": -1.0}, {"busy_share": 0.0}, {"busy_share": 1.5}])
async def test_a_throttle_that_would_stop_everything_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"rate=|busy_share="):
        Throttle(InstantClock(), Said(), **{"rate": None, "max_lag_s": 1.0, **wrong})  # type: ignore[arg-type]


# -- the lag


class Worked(MemoryLog):
    """By somebody."""

    idle: frozenset[str] = frozenset()

    def members(self, group: str) -> int:
        return group not in self.idle


def log_at(clock: FakeClock) -> Worked:
    return Worked(clock, [TopicConfig("t", 2, None), TopicConfig("u", 1, None)])


def turn(clock: FakeClock, seconds: float) -> None:
    clock.advance_to(clock.monotonic() + seconds)


def is_live(group: str) -> bool:
    return group.startswith("live")


def test_the_oldest_record_that_waits_counts() -> None:
    clock = FakeClock()
    log = log_at(clock)
    lag = LiveLag(log, clock, is_live)
    assert lag.seconds() == 0.0
    log.publish([Outgoing("t", b"a", b"1")])
    turn(clock, 5.0)
    log.publish([Outgoing("t", b"a", b"2"), Outgoing("u", b"a", b"3")])
    for group, offset in (("live.a", 0), ("replay.g2", 0)):
        log.commit(group, "t", {0: offset, 1: offset})
    log.commit("live.b", "u", {0: 0})
    lag = LiveLag(log, clock, is_live)
    turn(clock, 1.0)
    assert lag.seconds() == pytest.approx(6.0 - COMMITTED_EVERY_S)
    log.commit(
        "live.a", "t", {partition: held.end - 1 if held.end else 0 for partition, held in log.offsets("t").items()}
    )
    turn(clock, 1.0)
    assert lag.seconds() == pytest.approx(2.0 - COMMITTED_EVERY_S)


def test_what_moves_nothing_for_long_holds_up_no_replay() -> None:
    clock = FakeClock()
    log = log_at(clock)
    log.publish([Outgoing("u", b"a", b"1")] * 3)
    log.commit("live.halted", "u", {0: 0})
    lag = LiveLag(log, clock, is_live)
    lag.seconds()
    turn(clock, STUCK_S - 1)
    assert lag.seconds() > 20
    turn(clock, 2.0)
    assert lag.seconds() == 0.0
    log.commit("live.halted", "u", {0: 1})
    turn(clock, 1.0)
    assert lag.seconds() > 20, "it works again"


def test_a_backlog_that_nobody_works_on_holds_up_no_replay() -> None:
    clock = FakeClock()
    log = log_at(clock)
    log.publish([Outgoing("u", b"a", b"1")])
    log.commit("live.down", "u", {0: 0})
    turn(clock, 5.0)
    assert LiveLag(log, clock, is_live).seconds() > 0
    log.idle = frozenset({"live.down"})
    assert LiveLag(log, clock, is_live).seconds() == 0.0


def test_it_is_busy_while_something_comes_in() -> None:
    clock = FakeClock()
    log = log_at(clock)
    log.commit("live.a", "u", {0: 0})
    lag = LiveLag(log, clock, is_live)
    lag.seconds()
    assert (lag.seconds(), lag.busy) == (0.0, False)
    log.publish([Outgoing("u", b"a", b"1")])
    lag.seconds()
    assert lag.busy
    lag.seconds()
    assert not lag.busy


def test_new_groups_are_noticed() -> None:
    clock = FakeClock()
    log = log_at(clock)
    lag = LiveLag(log, clock, is_live)
    lag.seconds()
    log.publish([Outgoing("u", b"a", b"1")])
    log.commit("live.new", "u", {0: 0})
    turn(clock, LOOK_AGAIN_S + 1)
    assert lag.seconds() > 50

"""One partition, stopped at a bad moment."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence

import pytest

from herofactory.platform.clock import SystemClock
from herofactory.platform.delivery import Agent, Outcome
from herofactory.platform.delivery.processor import ChunkProcessor
from herofactory.platform.eventlog.port import TopicConfig
from herofactory.platform.records import Outgoing, Record
from herofactory.platform.replay.live_lag import LiveLag
from herofactory.platform.replay.throttle import Throttle
from herofactory.platform.telemetry.metrics import NoMetrics
from streams.replay.lane import Lane, Way
from streams.replay.outputs import DeadLettersOnly
from streams.replay.pages import Pages, stamping
from streams.testing_clock import FakeClock
from streams.testing_log import MemoryLog
from tests.support.replaying import Plain

pytestmark = pytest.mark.anyio


class Slow(MemoryLog):
    """Writes down how far a group is once `may_commit` is set."""

    def __init__(self) -> None:
        super().__init__(FakeClock(), [TopicConfig("t", 1, None)])
        self.may_commit = threading.Event()

    def commit(self, group: str, topic: str, offsets: Mapping[int, int]) -> None:
        self.may_commit.wait()
        super().commit(group, topic, offsets)


async def turns() -> None:
    """Of the loop: more than it takes until everything waits for something outside it."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_a_lane_that_is_stopped_while_it_waits_for_a_commit_is_as_far_as_that_says() -> None:
    log, clock, both = Slow(), SystemClock(), asyncio.Event()
    log.publish([Outgoing("t", b"k", b"%d" % number) for number in range(4)])

    async def handle(batch: Sequence[Record]) -> Sequence[Outcome]:
        if batch[-1].offset == 3:
            both.set()
        return [Outcome.ok()] * len(batch)

    agent = Agent(name="a", sources=("t",), handle_batch=handle, read=lambda record: record)
    processor = ChunkProcessor(
        agent, publisher=DeadLettersOnly(log), values=Plain(), clock=clock, metrics=NoMetrics(), parked=None
    )
    throttle = Throttle(clock, LiveLag(log, clock, lambda _: False), rate=None, max_lag_s=1.0)
    way = Way(processor, log, clock, throttle)
    lane = Lane(way, Pages(log, "t", 0, 2, stamping("the-replay", None)), "t", 0, 0, gaps=False)

    running = asyncio.create_task(lane.run_to(4))
    try:
        await both.wait()
        await turns()  # to the wait for the first page's commit
        running.cancel()
        await turns()
        assert not running.done()
    finally:
        log.may_commit.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert lane.position == 2
    assert log.committed(way.group, "t") == {0: lane.position}

"""Killed at any step, a replay goes on where it was: nothing is skipped."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from herofactory.platform.delivery import Agent, Outcome
from herofactory.platform.eventlog.port import LogUnavailable, TopicConfig
from herofactory.platform.records import Outgoing, Record
from herofactory.platform.replay.filter import Filter
from herofactory.platform.replay.live_lag import LiveLag
from herofactory.platform.replay.plan import Plan, Span
from herofactory.platform.replay.throttle import Throttle
from herofactory.platform.telemetry.metrics import NoMetrics
from streams.replay.filling import Filling
from streams.replay.ground import Ground
from streams.replay.outputs import DeadLettersOnly
from streams.replay.pages import stamping
from streams.testing_clock import FakeClock
from streams.testing_log import MemoryLog
from tests.support.replaying import Plain

TOPICS = {"t": 3, "u": 2}
GROUPS = {"first": ("t", "u"), "second": ("t",)}
Stored = dict[tuple[str, str, int], set[int]]
"""Offsets by agent, topic and partition."""


class Killed(Exception):
    """The process is gone."""


class Mortal(MemoryLog):
    """Its user dies at the call that `dies_in` counts down to, before or after it took effect; and now and then the log
    does not answer."""

    def __init__(self) -> None:
        super().__init__(FakeClock(), [TopicConfig(name, count, None) for name, count in TOPICS.items()])
        self.dies_in = -1
        self.after = False
        self.silent = 0

    def commit(self, group: str, topic: str, offsets: Mapping[int, int]) -> None:
        self.step(lambda: super(Mortal, self).commit(group, topic, offsets))

    def forget_group(self, group: str) -> None:
        self.step(lambda: super(Mortal, self).forget_group(group))

    def read(self, topic: str, partition: int, offset: int, limit: int) -> Sequence[Record]:
        found: list[Sequence[Record]] = []
        self.step(lambda: found.append(super(Mortal, self).read(topic, partition, offset, limit)))
        return found[0]

    def step(self, work: Callable[[], object]) -> None:
        if self.dies_in == 0 and not self.after:
            raise Killed
        if self.silent:
            self.silent -= 1
            raise LogUnavailable("not just now")
        work()
        self.dies_in -= 1
        if self.dies_in == -1 and self.after:
            raise Killed


class Hurried(FakeClock):
    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


class World:
    def __init__(self, counts: Sequence[int], chosen: str | None) -> None:
        self.log, self.clock = Mortal(), Hurried()
        self.stored: Stored = {}
        self.effects = 0
        self.begun = False
        """As the database has it: written down when every place is."""
        self.number = 0
        self.publish(counts)
        spans = [
            Span(topic, partition, 0, held.end, held.end, 0)
            for topic in TOPICS
            for partition, held in self.log.offsets(topic).items()
        ]
        self.plan = Plan("things", 2, "topics", spans, complete=chosen is None)
        self.filter = Filter.parse(chosen, Plain()) if chosen else None

    def publish(self, counts: Sequence[int]) -> None:
        for topic, count in zip(TOPICS, counts, strict=True):
            self.log.publish([Outgoing(topic, b"%d" % (self.number + n), b"%d" % n) for n in range(count)])
            self.number += count

    def agents(self, records: int) -> list[Agent]:
        return [
            Agent(
                name=name,
                generation=2,
                sources=sources,
                handle_batch=self.storing(name),
                read=lambda record: record,
                records=records,
                chunks=2,
            )
            for name, sources in GROUPS.items()
        ]

    def storing(self, name: str) -> Callable[[Sequence[Record]], Coroutine[Any, Any, Sequence[Outcome]]]:
        async def handle(batch: Sequence[Record]) -> Sequence[Outcome]:
            await asyncio.sleep(0)
            for record in batch:
                assert record.headers["replay-from"].decode() == f"{record.topic}/{record.partition}/{record.offset}"
                self.stored.setdefault((name, record.topic, record.partition), set()).add(record.offset)
            self.effects += len(batch)
            return [Outcome.ok()] * len(batch)

        return handle

    async def run(self, records: int) -> None:
        ground = Ground(
            settings=cast(Any, None),
            database=cast(Any, None),
            log=self.log,
            codec=cast(Any, None),
            values=Plain(),
            clock=self.clock,
            metrics=NoMetrics(),
        )
        lag = LiveLag(self.log, self.clock, lambda _: False)
        throttle = Throttle(self.clock, lag, rate=None, max_lag_s=1.0)
        stamp = stamping("the-replay", self.filter)
        filling = Filling(ground, self.plan, self.agents(records), DeadLettersOnly(self.log), throttle, stamp)
        if not self.begun:
            await filling.begin()
            self.begun = True
        await filling.resume()
        await filling.to_the_bounds()
        if self.plan.complete:
            await filling.to_the_live_end(1e9)
        assert filling.done() == self.plan.records

    def wanted(self, topic: str, partition: int, end: int) -> set[int]:
        records = super(Mortal, self.log).read(topic, partition, 0, end)
        return {each.offset for each in records if self.filter is None or self.filter.matches(each)}

    def check_committed(self) -> None:
        """What is committed is stored, all of it."""
        for name, sources in GROUPS.items():
            for topic in sources:
                for partition, offset in self.log.committed(f"herofactory.{name}.g2", topic).items():
                    stored = self.stored.get((name, topic, partition), set())
                    assert self.wanted(topic, partition, offset) <= stored, (name, topic, partition, offset)


def killed(work: Coroutine[Any, Any, None]) -> bool:
    try:
        asyncio.run(work)
    except Killed:
        return True
    except BaseExceptionGroup as several:
        others = several.split(Killed)[1]
        if others is not None:
            raise others from several
        return True
    return False


@settings(max_examples=60, deadline=None)
@given(
    counts=st.tuples(st.integers(0, 25), st.integers(0, 15)),
    records=st.integers(1, 7),
    deaths=st.lists(st.tuples(st.integers(0, 40), st.booleans(), st.integers(0, 2)), max_size=4),
    news=st.tuples(st.integers(0, 5), st.integers(0, 5)),
    chosen=st.sampled_from([None, "key ~ 1 or key ~ 2", "offset > 3"]),
)
def test_killed_at_any_step_it_skips_nothing(
    counts: tuple[int, int],
    records: int,
    deaths: Sequence[tuple[int, bool, int]],
    news: tuple[int, int],
    chosen: str | None,
) -> None:
    world = World(counts, chosen)
    for dies_in, after, silent in deaths:
        world.log.dies_in, world.log.after, world.log.silent = dies_in, after, silent
        ended = not killed(world.run(records))
        world.check_committed()
        if ended:
            break
    world.publish(news)
    world.log.dies_in, world.log.silent = -1, 0
    asyncio.run(world.run(records))
    world.check_committed()
    for name, sources in GROUPS.items():
        for topic in sources:
            for partition, held in world.log.offsets(topic).items():
                spans = {(span.topic, span.partition): span.end for span in world.plan.spans}
                end = held.end if world.plan.complete else spans[topic, partition]
                stored = world.stored.get((name, topic, partition), set())
                assert stored == world.wanted(topic, partition, end)


def test_without_deaths_nothing_is_done_twice() -> None:
    world = World((40, 20), None)
    asyncio.run(world.run(3))
    assert world.effects == 40 * 2 + 20
    assert Counter(len(offsets) for offsets in world.stored.values()).total() == 8


def test_places_that_an_older_replay_left_are_not_its_own() -> None:
    world = World((40, 20), None)
    for name, sources in GROUPS.items():
        for topic in sources:
            world.log.commit(f"herofactory.{name}.g2", topic, dict.fromkeys(range(TOPICS[topic]), 5))
    asyncio.run(world.run(3))
    assert world.effects == 100

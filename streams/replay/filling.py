"""A generation being filled: each agent's partitions side by side, in rounds up to where the topics end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from herofactory.platform.delivery.agent import Agent
from herofactory.platform.delivery.parked_postgres import PostgresParkedKeys
from herofactory.platform.delivery.processor import ChunkProcessor
from herofactory.platform.delivery.publisher import Publisher
from herofactory.platform.delivery.status import AgentStatus
from herofactory.platform.replay.plan import Plan, Span
from herofactory.platform.replay.throttle import Throttle
from streams.groups import group_of
from streams.replay.ground import Ground
from streams.replay.lane import Lane, Way
from streams.replay.pages import Pages, Stamp
from streams.replay.patience import patiently

T = TypeVar("T")
PAGE = 2_000
"""Records of a chunk, of agents that do not say: a commit costs the same whatever it covers."""
Place = tuple[str, int]
"""Topic and partition."""


class Lost(Exception):
    """What the group had committed is gone."""


class Filling:
    def __init__(
        self,
        ground: Ground,
        plan: Plan,
        agents: Sequence[Agent],
        publisher: Publisher,
        throttle: Throttle,
        stamp: Stamp,
    ) -> None:
        self._ground, self._plan, self._throttle, self._stamp = ground, plan, throttle, stamp
        self._spans: Mapping[Place, Span] = {(span.topic, span.partition): span for span in plan.spans}
        self._processors = [
            ChunkProcessor(
                agent,
                publisher=publisher,
                values=ground.values,
                clock=ground.clock,
                metrics=ground.metrics,
                parked=PostgresParkedKeys(ground.database) if agent.ordered else None,
            )
            for agent in agents
        ]
        self._lanes: Sequence[Lane] = ()

    # -- how it is

    def done(self) -> int:
        """Records of the plan: those of a span that all its agents have stored, by the share of offsets."""
        positions: dict[Place, int] = {}
        for lane in self._lanes:
            place = (lane.topic, lane.partition)
            positions[place] = min(positions.get(place, lane.position), lane.position)
        return sum(_share(self._spans[place], position) for place, position in positions.items())

    def fault(self) -> str | None:
        """Why an agent cannot work at all."""
        return next((f"agent {each.agent}: {each.cause}" for each in self._status() if each.state == "halted"), None)

    def waiting(self) -> str | None:
        """For which dependency."""
        paused = (f"agent {each.agent}: {each.cause}" for each in self._status() if each.state == "paused")
        return next(paused, self._throttle.waiting)

    def set_aside(self) -> int:
        """Dead letters."""
        return sum(each.dead_letters for each in self._status())

    # -- doing

    async def begin(self) -> None:
        """The first time: every group starts where the plan does, whatever it had committed. Raises GroupBusy."""
        for processor in self._processors:
            group = group_of(processor.agent.label)
            await self._ask(partial(self._ground.log.forget_group, group))
            for topic in self._planned(processor.agent):
                await self._ask(partial(self._ground.log.commit, group, topic, await self._starts(topic)))

    async def resume(self) -> None:
        """Where the groups have got to. Raises Lost."""
        self._lanes = [
            lane
            for processor in self._processors
            for topic in self._planned(processor.agent)
            for lane in await self._lanes_of(processor, topic)
        ]

    async def to_the_bounds(self) -> None:
        await self._round({place: span.end for place, span in self._spans.items()})

    async def to_the_live_end(self, within_s: float) -> None:
        """Returns when everything is stored that the topics held no longer than `within_s` seconds ago."""
        clock = self._ground.clock
        while True:
            began, ends = clock.monotonic(), await self._ends()
            await self._round(ends)
            if clock.monotonic() - began <= within_s:
                return

    async def _round(self, ends: Mapping[Place, int]) -> None:
        async with asyncio.TaskGroup() as tasks:
            for lane in self._lanes:
                tasks.create_task(lane.run_to(ends[lane.topic, lane.partition]))

    async def _ends(self) -> Mapping[Place, int]:
        found: dict[Place, int] = {}
        for topic in {lane.topic for lane in self._lanes}:
            held = await self._ask(partial(self._ground.log.offsets, topic))
            found |= {(topic, partition): each.end for partition, each in held.items()}
        return found

    async def _lanes_of(self, processor: ChunkProcessor, topic: str) -> Sequence[Lane]:
        log, plan, agent = self._ground.log, self._plan, processor.agent
        way = Way(processor, log, self._ground.clock, self._throttle)
        committed = await self._ask(partial(log.committed, way.group, topic))
        config = (await self._ask(log.topics))[topic]
        lanes = []
        for partition in range(config.partitions):
            span = self._spans.get((topic, partition))
            if span is None or (plan.source == "database" and partition not in committed):
                raise Lost(
                    f"group {way.group} has lost its place in {topic}, partition {partition}: clean, and plan anew"
                )
            pages = Pages(log, topic, partition, self._page(agent), self._stamp)
            gaps = plan.accept_gap or config.retention_s is None
            lanes.append(Lane(way, pages, topic, partition, committed.get(partition, span.start), gaps))
        return lanes

    def _page(self, agent: Agent) -> int:
        """Records; with a low rate those of a second, so that it goes evenly."""
        most = agent.records or PAGE
        return most if self._plan.rate is None else max(1, min(most, int(self._plan.rate)))

    async def _starts(self, topic: str) -> Mapping[int, int]:
        """The database is copied after these ends are noted, so nothing falls in between."""
        if self._plan.source == "database":
            held = await self._ask(partial(self._ground.log.offsets, topic))
            return {partition: each.end for partition, each in held.items()}
        return {span.partition: span.start for span in self._plan.spans if span.topic == topic}

    def _planned(self, agent: Agent) -> Sequence[str]:
        """Of its sources; where else it reads (what is delivered to it again) nothing is replayed."""
        return [topic for topic in agent.sources if any(topic == planned for planned, _ in self._spans)]

    async def _ask(self, call: Callable[[], T]) -> T:
        return await patiently(self._ground.clock, call)

    def _status(self) -> Sequence[AgentStatus]:
        return [each.status() for each in self._processors]


def _share(span: Span, position: int) -> int:
    if position >= span.end:
        return span.records
    width = span.end - span.start
    return max(0, span.records * (position - span.start) // width)

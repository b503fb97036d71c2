"""One agent as a worker runs it, with places to die at."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Literal

from herofactory.platform.delivery import Agent, ChunkProcessor, Delivery, Outcome, ParkedKeys, Values
from herofactory.platform.delivery.parked import Joined
from herofactory.platform.delivery.status import AgentStatus
from herofactory.platform.eventlog.port import Position
from herofactory.platform.records import Outgoing, Record
from streams.testing_clock import FakeClock
from streams.testing_log import MemoryLog

CrashPoint = Literal["effect", "publish", "output", "ack"]


class Consumer:
    """Takes chunks in turn from the partitions of its sources and commits each once `process` returned."""

    def __init__(
        self, agent: Agent, log: MemoryLog, clock: FakeClock, values: Values, parked: ParkedKeys, chunk: int
    ) -> None:
        self.agent = agent
        self.chunk = chunk
        self.crashes = 0
        self._log = log
        self._clock = clock
        self._values = values
        self._parked = parked
        self._woken = asyncio.Event()
        self._armed: tuple[CrashPoint, int] | None = None
        self._processor = self._fresh()
        self._task: asyncio.Task[None] | None = None
        self._turn = 0
        self._places = [(topic, partition) for topic in agent.topics for partition in log.offsets(topic)]

    @property
    def status(self) -> AgentStatus:
        return self._processor.status()

    def committed(self) -> dict[tuple[str, int], int]:
        """By topic and partition the next offset to read; those never committed are missing."""
        return {
            (topic, partition): offset
            for topic in self.agent.topics
            for partition, offset in self._log.committed(self.agent.label, topic).items()
        }

    def lag(self) -> int:
        committed = self.committed()
        return sum(
            held.end - committed.get((topic, partition), 0)
            for topic in self.agent.topics
            for partition, held in self._log.offsets(topic).items()
        )

    def wake(self) -> None:
        self._woken.set()

    def start(self) -> None:
        """A new process: nothing is left in memory, and reading begins at the committed offsets."""
        if self._task is None or self._task.done():
            if self._task:
                self._processor = self._fresh()
            self._task = asyncio.get_running_loop().create_task(self._consume())

    async def stop(self) -> None:
        """As kill -9 does it: whatever is under way is not finished."""
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])

    def arm(self, point: CrashPoint, skip: int) -> None:
        self._armed = (point, skip)

    def failure(self) -> BaseException | None:
        """A fault of the runtime itself: `process` never raises."""
        if self._task and self._task.done() and not self._task.cancelled():
            return self._task.exception()
        return None

    def _fresh(self) -> ChunkProcessor:
        agent = self.agent
        return ChunkProcessor(
            replace(
                agent,
                handle=self._handle if agent.handle else None,
                handle_batch=self._handle_batch if agent.handle_batch else None,
            ),
            publisher=self,
            values=self._values,
            clock=self._clock,
            parked=_Watched(self._parked, self._clock),
            random=Random(0),  # noqa: S311 (jitter that is the same in every run)
        )

    async def _consume(self) -> None:
        positions = self.committed()
        while True:
            records = self._next_chunk(positions)
            if not records:
                self._woken.clear()
                await self._woken.wait()
                continue
            await self._processor.process(records)
            await self._die_at("ack")
            last = records[-1]
            positions[last.topic, last.partition] = last.offset + 1
            self._log.commit(self.agent.label, last.topic, {last.partition: last.offset + 1})

    def _next_chunk(self, positions: Mapping[tuple[str, int], int]) -> Sequence[Record]:
        for step in range(len(self._places)):
            topic, partition = self._places[(self._turn + step) % len(self._places)]
            records = self._log.read(topic, partition, positions.get((topic, partition), 0), self.chunk)
            if records:
                self._turn += step + 1
                return records
        return ()

    async def _handle(self, delivery: Delivery) -> Sequence[Outgoing]:
        assert self.agent.handle is not None
        await self._die_at("effect")
        with self._clock.activity.work():
            return await self.agent.handle(delivery)

    async def _handle_batch(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        assert self.agent.handle_batch is not None
        await self._die_at("effect")
        with self._clock.activity.work():
            return await self.agent.handle_batch(deliveries)

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """The processor's Publisher."""
        await self._die_at("publish")
        for message in messages:
            self._log.publish([message])
            await self._die_at("output")

    async def _die_at(self, point: CrashPoint) -> None:
        if self._armed is None or not self._reached(*self._armed, point):
            return
        self._armed = None
        self.crashes += 1
        self._death = asyncio.get_running_loop().create_task(self._die())
        await asyncio.Event().wait()  # nothing more is done here

    def _reached(self, wanted: CrashPoint, skip: int, point: CrashPoint) -> bool:
        # A chunk without outputs is never published; it dies at its ack.
        if point != wanted and not (wanted in ("publish", "output") and point == "ack"):
            return False
        self._armed = (wanted, skip - 1)
        return skip <= 0

    async def _die(self) -> None:
        await self.stop()
        self.start()


class _Watched:
    """ParkedKeys whose waiting counts as work, so that a real store is waited for."""

    def __init__(self, inner: ParkedKeys, clock: FakeClock) -> None:
        self._inner = inner
        self._clock = clock

    async def among(self, agent: str, keys: Collection[bytes]) -> Mapping[bytes, Sequence[Position]]:
        with self._clock.activity.work():
            return await self._inner.among(agent, keys)

    async def park(self, agent: str, key: bytes, at: Position) -> None:
        with self._clock.activity.work():
            await self._inner.park(agent, key, at)

    async def join(self, agent: str, key: bytes, at: Position) -> Joined:
        with self._clock.activity.work():
            return await self._inner.join(agent, key, at)

    async def stay(self, agent: str, key: bytes) -> None:
        with self._clock.activity.work():
            await self._inner.stay(agent, key)

    async def passed(self, agent: str, places: Collection[tuple[bytes, Position]]) -> None:
        with self._clock.activity.work():
            await self._inner.passed(agent, places)

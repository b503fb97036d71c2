"""Drive a whole topology without servers: feed events, turn the clock, read every topic, kill agents.

    with TopologyDriver([moderation, listing]) as driver:
        driver.feed("item.created", "i1", ItemCreated(...))
        driver.run_until_idle()
        assert driver.read("item.moderated")

Agents run through the same ChunkProcessor as in production, on one private event loop; only log, clock and worker are
stand-ins. What it cannot show: rebalances, retention and compaction, several workers, Faust itself.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from contextvars import copy_context
from datetime import datetime
from types import TracebackType
from typing import TypeVar

from herofactory.platform.delivery import (
    Agent,
    AgentStatus,
    DeadLetter,
    Delivery,
    MemoryParkedKeys,
    ParkedKeys,
    TopicValues,
    Values,
    list_dead_letters,
)
from herofactory.platform.delivery.delivery import decode
from herofactory.platform.delivery.values import Value
from herofactory.platform.eventlog.port import Position, TopicConfig, UnknownTopic
from herofactory.platform.events import EventCodec, Headers
from herofactory.platform.events.registry import EmbeddedRegistry, MemorySchemaStore
from herofactory.platform.ids import uuid7
from herofactory.platform.records import Outgoing, Record
from streams.testing_clock import FakeClock
from streams.testing_consumer import Consumer, CrashPoint
from streams.testing_log import MemoryLog
from streams.testing_loop import Overdue, QuietSelector, quiet_loop, until_quiet
from streams.topics import TOPICS, configs

T = TypeVar("T")
Connector = Callable[[], int | Awaitable[int]]
"""Moves what waits elsewhere (outbox rows, say) into the driver's log; returns how many, 0 when nothing waits."""


class TopologyDriver:
    """Synchronous. Use it with `with`, from a test that is not itself asynchronous."""

    def __init__(
        self,
        agents: Sequence[Agent],
        values: Values | None = None,
        *,
        topics: Iterable[TopicConfig] | None = None,
        clock: FakeClock | None = None,
        connectors: Sequence[Connector] = (),
        parked: ParkedKeys | None = None,
        chunk: int = 500,
        running: bool = True,
        limit_s: float = 30.0,
    ) -> None:
        """`values` and `topics` default to those of `streams.topics`. `chunk` is the most records handed to an agent at
        once. Without `running` every agent is down until its `start`. `limit_s` is in real seconds: an agent that waits
        for ever fails the test after it.

        Raises UnknownTopic for an agent whose sources or dead letter topic are not in `topics`.
        """
        self.clock = clock or FakeClock()
        self.log = MemoryLog(self.clock, configs() if topics is None else topics)
        self.values = values or default_values()
        self.connectors = list(connectors)
        self._agents = agents
        self._parked = parked or MemoryParkedKeys()
        self._chunk = chunk
        self._running = running
        self._limit_s = limit_s
        self._consumers: dict[str, Consumer] = {}
        self._context = copy_context()
        self._selector = QuietSelector(self.clock)
        for agent in agents:
            self._check(agent)
            self.log.create_topic(TopicConfig(agent.retry_topic, 1, None))

    def __enter__(self) -> TopologyDriver:
        self._thread = threading.get_ident()
        self._runner = asyncio.Runner(loop_factory=lambda: quiet_loop(self._selector))
        self._loop = self._runner.get_loop()
        self.log.on_publish = self._published
        self.run(self._start())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        try:
            self.run(self._stop())
        finally:
            self._runner.close()

    # -- time and progress

    def run_until_idle(self, within: float = 30.0) -> None:
        """Run until nothing is left to do, letting fake time jump to whoever sleeps, at most `within` seconds of it.

        Agents that still wait then (for a dependency, a cool-down) go on at the next call.
        """
        self.run(self._drive(self.clock.monotonic() + within))

    def advance(self, seconds: float) -> None:
        """Run for exactly this much fake time."""
        horizon = self.clock.monotonic() + seconds
        self.run(self._drive(horizon))
        self.clock.advance_to(horizon)

    def run(self, work: Coroutine[object, object, T]) -> T:
        """Run a coroutine of the test's own (open a pool, ask a service) on the driver's loop."""
        # Not the runner's `run`: for Ctrl-C it hooks a signal each time, which takes longer than a small step does.
        task = self._loop.create_task(work, context=self._context)
        try:
            with self._selector.limit(self._limit_s):
                result = self._loop.run_until_complete(task)
        except Overdue as error:
            task.cancel()
            states = {name: consumer.status for name, consumer in self._consumers.items()}
            raise AssertionError(f"not done after {self._limit_s} real seconds; agents: {states}") from error
        for consumer in self._consumers.values():
            failure = consumer.failure()
            if failure:
                raise failure
        return result

    # -- topics

    def feed(
        self,
        topic: str,
        key: str | None,
        value: Value | bytes,
        *,
        event_id: str | None = None,
        revision: int | None = None,
        occurred_at: datetime | None = None,
        traceparent: str | None = None,
    ) -> Position:
        """Append an event (or JSON, raw bytes, None for a tombstone) with the headers every event has.

        Raises UnknownTopic. `publish` takes records with other headers.
        """
        headers = Headers(event_id or str(uuid7()), topic, occurred_at or self.clock.now(), revision, traceparent)
        data = value if value is None or isinstance(value, bytes) else self.values.encode(topic, value)
        raw_key = None if key is None else key.encode()
        return self.publish(Outgoing(topic, raw_key, data, headers.to_bytes()))

    def publish(self, message: Outgoing) -> Position:
        return self.log.publish([message])[0]

    def read(self, topic: str) -> Sequence[Record]:
        """All records of a topic in the order they came, over its partitions."""
        return self.log.history(topic)

    def deliveries(self, topic: str) -> Sequence[Delivery]:
        """The same, decoded."""
        return [decode(record, self.values) for record in self.read(topic)]

    def dead_letters(self, agent: str) -> Sequence[DeadLetter]:
        return list(list_dead_letters(self.log, agent))

    # -- agents

    def status(self, agent: str) -> AgentStatus:
        return self._consumer(agent).status

    def committed(self, agent: str) -> Mapping[tuple[str, int], int]:
        """By topic and partition the next offset to read; those never committed are missing."""
        return self._consumer(agent).committed()

    def lag(self, agent: str) -> int:
        """Records not committed yet."""
        return self._consumer(agent).lag()

    def crash(self, agent: str, before: CrashPoint = "ack", *, skip: int = 0) -> None:
        """Kill the agent's process once, when it next comes (after `skip` times) to that point, and start it again.

        effect: before a call of the handler. publish: effects stored, outputs not. output: after one output, before
        the next. ack: all stored, offsets not committed. A chunk without outputs that should die at `publish` or
        `output` dies at its ack.
        """
        self._consumer(agent).arm(before, skip)

    def crashes(self, agent: str) -> int:
        return self._consumer(agent).crashes

    def kill(self, agent: str) -> None:
        """Kill the agent's process now; it stays down until `start`."""
        self.run(self._consumer(agent).stop())

    def start(self, agent: str) -> None:
        self._loop.call_soon(self._consumer(agent).start)

    # --

    async def _drive(self, horizon: float) -> None:
        while True:
            await until_quiet(self._selector)
            if await self._poll_connectors():
                continue
            due = self.clock.next_due()
            if due is None or due > horizon:
                return
            self.clock.advance_to(due)

    async def _poll_connectors(self) -> int:
        moved = 0
        for connector in self.connectors:
            answer = connector()
            moved += await answer if inspect.isawaitable(answer) else answer
        return moved

    async def _start(self) -> None:
        for agent in self._agents:
            consumer = Consumer(agent, self.log, self.clock, self.values, self._parked, self._chunk)
            self._consumers[agent.label] = consumer
            if self._running:
                consumer.start()

    async def _stop(self) -> None:
        for consumer in self._consumers.values():
            await consumer.stop()

    def _published(self) -> None:
        if threading.get_ident() == self._thread:
            self._wake()
        else:
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        for consumer in self._consumers.values():
            consumer.wake()

    def _consumer(self, agent: str) -> Consumer:
        if agent not in self._consumers:
            raise KeyError(f"no agent {agent!r}; there are: {', '.join(self._consumers)}")
        return self._consumers[agent]

    def _check(self, agent: Agent) -> None:
        for topic in (*agent.sources, agent.dead_topic):
            if topic not in self.log.topics():
                raise UnknownTopic(f"agent {agent.name} uses topic {topic!r}, which is not in the driver's topics")


def default_values() -> Values:
    """Avro on a registry in memory, JSON where `streams.topics` says so."""
    codec = EventCodec(EmbeddedRegistry(MemorySchemaStore()))
    codec.register_all()
    return TopicValues(codec, [topic.name for topic in TOPICS.values() if topic.values == "json"])

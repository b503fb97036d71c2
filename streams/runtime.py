"""The worker: all agents of a process in one event loop, and what Faust lacks (docs/adr/0001-embedded-event-log.md)."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from yarl import URL

from herofactory.platform.delivery.agent import Agent
from herofactory.platform.delivery.publisher import Publisher
from herofactory.platform.delivery.status import AgentStatus
from streams.faust_app import AgentApp, Processor, WorkerTimes
from streams.faust_publisher import FaustPublisher

MakeProcessor = Callable[[Agent, Publisher], Processor]
"""Usually `lambda agent, publisher: ChunkProcessor(agent, publisher=publisher, values=...)`."""

NEW_OBJECTS = 20_000
"""Between two looks of Python's collector for garbage."""
_NOISY = ("faust", "mode", "aiokafka")


class WorkerCrashed(RuntimeError):
    """Faust itself gave up on an agent. The process should end and be started again."""


@dataclass(frozen=True, slots=True)
class AgentHealth:
    """A worker's health is observed progress: compare `status.last_progress` with the lag of the group."""

    status: AgentStatus
    ready: bool
    """Takes part in its group and has its partitions, maybe none of them."""
    partitions: tuple[tuple[str, int], ...]
    """(topic, partition) that this process reads now."""


class Worker:
    """Start it once, stop it once. It handles no signals and listens on no port."""

    def __init__(
        self,
        agents: Sequence[Agent],
        broker: str | URL,
        make_processor: MakeProcessor,
        times: WorkerTimes | None = None,
        credentials: Any = None,
    ) -> None:
        """`broker`: `streams.embedded.broker_url(folder)`. `credentials`: `streams.kafka.credentials`."""
        self._agents: list[tuple[AgentApp, Processor]] = []
        for agent in agents:
            app = AgentApp(agent, URL(broker), times or WorkerTimes(), credentials)
            processor = make_processor(agent, FaustPublisher(app))
            app.run_agent(processor)
            self._agents.append((app, processor))

    @property
    def agents(self) -> Sequence[Agent]:
        return [app.definition for app, _ in self._agents]

    @property
    def sources(self) -> frozenset[str]:
        """Topics that its agents read."""
        return frozenset(topic for app, _ in self._agents for topic in app.definition.topics)

    async def start(self) -> None:
        """Returns when all agents have their partitions. Raises UnknownTopic and what the log raises."""
        _quiet()
        _collect_seldom()
        for app, _ in self._agents:
            app.transport.check(app.definition.topics)
        await asyncio.gather(*(app.start() for app, _ in self._agents))

    async def wait(self) -> None:
        """Returns after `stop`. Raises WorkerCrashed."""
        waits = {asyncio.ensure_future(app.wait_until_stopped()): app for app, _ in self._agents}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        for app in waits.values():
            if app.crashed:
                raise WorkerCrashed(f"agent {app.definition.name}: {app.crash_reason!r}") from app.crash_reason

    async def stop(self) -> None:
        """Give chunks in work a short grace, commit what is done, leave the groups. Takes up to some 3 s."""
        await asyncio.gather(*(app.stop() for app, _ in self._agents))
        for app, _ in self._agents:
            app.transport.close()  # also where the start failed

    def health(self) -> Sequence[AgentHealth]:
        return [_health(app, processor) for app, processor in self._agents]


async def run_worker(
    agents: Sequence[Agent],
    broker: str | URL,
    make_processor: MakeProcessor,
    stop: asyncio.Event,
    times: WorkerTimes | None = None,
    on_start: Callable[[Worker], None] = lambda _: None,
) -> None:
    """Run until `stop` is set. Raises WorkerCrashed and what `Worker.start` raises. `on_start` gets the worker."""
    worker = Worker(agents, broker, make_processor, times)
    stopped, running = asyncio.ensure_future(stop.wait()), None
    try:
        await worker.start()
        on_start(worker)
        running = asyncio.ensure_future(worker.wait())
        await asyncio.wait((stopped, running), return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
    finally:
        for task in (stopped, running):
            if task is not None:
                task.cancel()
        await worker.stop()


def _health(app: AgentApp, processor: Processor) -> AgentHealth:
    status = processor.status()
    if app.fault is not None:
        status = replace(status, state="halted", cause=app.fault)
    elif app.trouble is not None and status.state == "running":
        status = replace(status, state="paused", cause=app.trouble)
    ready = app.started and not app.should_stop and not app.rebalancing and not app.crashed
    partitions = sorted(app.consumer.assignment()) if app.started else []
    return AgentHealth(status, ready, tuple((topic, partition) for topic, partition in partitions))


def _collect_seldom() -> None:
    """A chunk is thousands of objects that live until it is stored, none of them garbage in cycles. Python's collector
    looks through them after every 700, which was a quarter of an agent's processor time."""
    gc.freeze()  # what is loaded by now stays
    gc.set_threshold(NEW_OBJECTS)


def _quiet() -> None:
    # Every service says at INFO that it starts and stops.
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)

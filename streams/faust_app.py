"""One Faust app per agent, so that each has a consumer group of its own and one that is paused stops nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import faust
from faust.tables.manager import TableManager
from faust.types import TP
from yarl import URL

from herofactory.platform.delivery.agent import Agent
from herofactory.platform.delivery.status import AgentStatus
from herofactory.platform.records import Record
from streams.faust_partitions import Partitions, Rest
from streams.groups import GROUP_PREFIX, group_of

__all__ = ["GROUP_PREFIX", "AgentApp", "Processor", "WorkerTimes", "group_of"]

FEW = 10
"""A chunk that holds less than this part of what an agent takes at once is small. A backlog comes in larger pieces: how
large, the log decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerTimes:
    """Seconds."""

    session_timeout: float = 10.0
    """A worker that was not heard of for so long is dead; its partitions go to the others."""
    heartbeat: float = 3.0
    rebalance_timeout: float = 30.0
    """A worker that does not hand over its partitions for so long is left behind."""
    commit_interval: float = 1.0
    """How often progress is committed: what a killed worker's successor does again."""
    grace: float = 1.5
    """For chunks in work when partitions are handed over; then they are given back un-acked."""


def _broker(agent: Agent, broker: URL) -> URL:
    """Large chunks are in flight two at a time: one in work, one for afterwards."""
    return broker if agent.records is None else broker.update_query(chunk=agent.records, in_flight=2)


class Processor(Protocol):
    """`herofactory.platform.delivery.processor.ChunkProcessor`."""

    async def process(self, records: Sequence[Record]) -> None: ...

    def status(self) -> AgentStatus: ...

    def missed(self, topic: str, partition: int, start: int, end: int) -> None:
        """Retention took what lay between these offsets, `end` excluded, before it was read."""


class _NoTables(TableManager):  # type: ignore[misc]  # Faust ships no usable types
    """Faust gives tables a second to register before a worker starts. Agents have none."""

    async def sleep(self, n: Any) -> None:  # noqa: ARG002
        await super().sleep(0)


class AgentApp(faust.App):  # type: ignore[misc]  # Faust ships no usable types
    """A Faust app with two more things to do when partitions are handed over and when it stops."""

    def __init__(self, agent: Agent, broker: URL, times: WorkerTimes, credentials: Any = None) -> None:
        """`credentials`: what the transport needs to get into its log, as Faust takes them."""
        super().__init__(
            group_of(agent.label),
            broker=[_broker(agent, broker)],
            broker_credentials=credentials,
            broker_session_timeout=times.session_timeout,
            broker_heartbeat_interval=times.heartbeat,
            broker_rebalance_timeout=times.rebalance_timeout,
            broker_commit_interval=times.commit_interval,
            consumer_auto_offset_reset="earliest",
            topic_allow_declare=False,
            topic_disable_leader=True,
            web_enabled=False,
            autodiscover=False,
            TableManager=_NoTables,
        )
        self.definition = agent
        self._grace = times.grace
        self._partitions: Partitions | None = None
        self._processor: Processor | None = None

    def run_agent(self, processor: Processor) -> None:
        """Feed the chunks of the agent's sources to `processor`. Once, before the start."""
        self._processor = processor
        rest = Rest(self.definition.rest_s, (self.definition.records or 0) // FEW)
        partitions = self._partitions = Partitions(processor.process, lambda: self.consumer.unacked, rest)

        async def feed(stream: Any) -> None:
            async for event in stream.noack().events():
                partitions.put(event)
                del event  # a rebalance waits for messages that somebody still refers to

        sources = self.topic(*self.definition.topics, key_serializer="raw", value_serializer="raw")
        self.agent(sources, name=self.definition.name, concurrency=1)(feed)

    @property
    def fault(self) -> str | None:
        """The error of a processor that should have none."""
        return self._partitions.fault if self._partitions else None

    @property
    def trouble(self) -> str | None:
        """What the transport fails at just now, where it can say."""
        trouble: str | None = getattr(self.consumer, "trouble", None) if self.started else None
        return trouble

    def missed(self, tp: TP, start: int, end: int) -> None:
        if self._processor:
            self._processor.missed(tp.topic, tp.partition, start, end)

    def on_rebalance_start(self) -> None:
        if self._partitions:
            self._partitions.let_go(self.consumer_generation_id, self._grace)
        super().on_rebalance_start()

    async def on_stop(self) -> None:
        if self._partitions:
            await self._partitions.stop(self.consumer_generation_id, self._grace)
        await super().on_stop()

    def _create_directories(self) -> None:
        """None: agents keep no Faust tables, all state is in the database."""

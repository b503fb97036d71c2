"""The analytics agent as the worker runs it: Faust's group and commits, chunked delivery, segments in PostgreSQL.

python -m bench.insights_parts.agent BROKER_URL DSN EVENTS
"""

from __future__ import annotations

import asyncio
import sys
import uuid
from collections.abc import Sequence
from dataclasses import replace

from bench.insights_parts.events import codec
from bench.insights_parts.meter import Meter
from herofactory.platform.clock import SystemClock
from herofactory.platform.delivery import Agent, AgentStatus, ChunkProcessor, Publisher, TopicValues
from herofactory.platform.postgres.database import Database
from herofactory.platform.records import Record
from herofactory.platform.telemetry.metrics import NoMetrics
from streams.agents.insights import insights
from streams.runtime import Worker


class Measured:
    """A processor that says when all is stored."""

    def __init__(self, inner: ChunkProcessor, meter: Meter, all_stored: asyncio.Event) -> None:
        self._inner, self._meter, self._all_stored = inner, meter, all_stored

    async def process(self, records: Sequence[Record]) -> None:
        self._meter.begin()
        await self._inner.process(records)
        if self._meter.add(len(records)):
            self._all_stored.set()

    def status(self) -> AgentStatus:
        return self._inner.status()

    def missed(self, topic: str, partition: int, start: int, end: int) -> None:
        self._inner.missed(topic, partition, start, end)


async def main(broker: str, dsn: str, events: int) -> None:
    meter, all_stored, known = Meter(events), asyncio.Event(), codec()

    def processor(agent: Agent, publisher: Publisher) -> Measured:
        return Measured(ChunkProcessor(agent, publisher=publisher, values=TopicValues(known)), meter, all_stored)

    async with Database(dsn, checked=False) as database:
        agent = insights(database, known, SystemClock(), NoMetrics())
        # A consumer group of its own for every run, so that each reads all of the topic.
        worker = Worker([replace(agent, name=f"{agent.name}-{uuid.uuid4()}", redrivable=False)], broker, processor)
        await worker.start()
        try:
            await all_stored.wait()
            dead = sum(health.status.dead_letters for health in worker.health())
            meter.tell(dead_letters=dead)
        finally:
            await worker.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))

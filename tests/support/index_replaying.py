"""Records of the mirror on their way into generations of the search index."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count

from herofactory.platform.clock import SystemClock
from herofactory.platform.delivery import Agent, ChunkProcessor, TopicValues
from herofactory.platform.eventlog.port import EventLog
from herofactory.platform.events import EventCodec
from herofactory.platform.events.headers import REPLAY_ID
from herofactory.platform.ids import uuid7
from herofactory.platform.postgres.database import Database
from herofactory.platform.records import Outgoing, Record
from herofactory.platform.replay.target import Entry
from herofactory.platform.settings import Settings
from herofactory.platform.telemetry.metrics import NoMetrics
from streams.replay.ground import Ground
from streams.replay.targets.search_index import SearchIndex
from streams.topics import ITEM_MIRRORED
from tests.contract.search_index import item

OCCURRED = b"2026-11-23T00:00:00+00:00"
_offsets = count()


def standing(
    settings: Settings, database: Database, log: EventLog, codec: EventCodec, metrics: NoMetrics | None = None
) -> Ground:
    return Ground(
        settings=settings,
        database=database,
        log=log,
        codec=codec,
        values=TopicValues(codec, [ITEM_MIRRORED]),
        clock=SystemClock(),
        metrics=metrics or NoMetrics(),
    )


def mirrored(id: str, revision: int, name: str | None = "검", **headers: bytes) -> Record:
    """As the mirror writes it; without a name, gone."""
    value = None if name is None else json.dumps(item(id, name, revision=revision).to_json()).encode()
    about = {"event-id": str(uuid7()).encode(), "occurred-at": OCCURRED, "revision": str(revision).encode(), **headers}
    return Record(ITEM_MIRRORED, 0, next(_offsets), id.encode(), value, about, 0.0)


def replayed(record: Record) -> Record:
    return replace(record, headers={**record.headers, REPLAY_ID: b"a replay"})


class Observed(NoMetrics):
    def __init__(self) -> None:
        self.names: list[str] = []

    def observe(self, name: str, value: float, **labels: str) -> None:
        self.names.append(name)


@dataclass(frozen=True)
class Hand:
    """Takes records through the agents of a generation."""

    agents: Sequence[Agent]
    ground: Ground

    async def take(self, *records: Record) -> None:
        for agent in self.agents:
            processor = ChunkProcessor(agent, publisher=Refusing(), values=self.ground.values)
            await processor.process(records)


class Refusing:
    """No dead letter is expected."""

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        raise AssertionError(messages)


@asynccontextmanager
async def writing(target: SearchIndex, ground: Ground, generation: int) -> AsyncIterator[Hand]:
    async with target.writing(generation, f"v{generation}") as agents:
        assert [agent.generation for agent in agents] == [generation]
        yield Hand(agents, ground)


async def entries(target: SearchIndex, generation: int) -> list[Entry]:
    assert await target.settled(generation)
    return [entry async for entry in target.entries(generation, f"v{generation}")]

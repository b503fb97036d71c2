"""What tests of dead letters share: a log with two agents' topics, an agent that fails as told, and its way around."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from herofactory.platform.delivery import ChunkProcessor, DeadLetter, Delivery, LogPublisher, ParkedKeys, Poison
from herofactory.platform.eventlog.port import TopicConfig
from herofactory.platform.records import Outgoing
from streams.testing_log import MemoryLog
from tests.support.clock import InstantClock
from tests.support.delivery import EPOCH, TOPIC, agent, processor, record

AGENT = "counting"


def memory_log() -> MemoryLog:
    names = (f"{kind}.{name}" for kind in ("dead", "retry") for name in (AGENT, "other"))
    return MemoryLog(InstantClock(), [TopicConfig(name, 1, None) for name in (*names, TOPIC)])


def letter(
    offset: int,
    error: Exception | None = None,
    *,
    agent: str = AGENT,
    key: str = "k",
    hours: float = 0,
    redriven: int = 0,
    ordered: bool = False,
    label: str = "",
) -> DeadLetter:
    at = EPOCH + timedelta(hours=hours)
    found = DeadLetter.of(agent, record(offset, offset, key=key), error or Poison("x"), attempts=1, at=at)
    return replace(found, redriven=redriven, ordered=ordered, label=label)


@dataclass
class Life:
    """An agent on a log: `broken` events fail for as long as they are in it."""

    log: MemoryLog = field(default_factory=memory_log)
    parked: ParkedKeys | None = None
    broken: set[int] = field(default_factory=set)
    done: list[int] = field(default_factory=list)
    """Offsets, in the order in which they went through."""
    generation: int = 1
    _read: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.definition = replace(agent(self._handle, ordered=self.parked is not None), generation=self.generation)

    async def _handle(self, delivery: Delivery) -> Sequence[Outgoing]:
        await asyncio.sleep(0)
        assert delivery.record.topic == TOPIC, "the handler sees the original's coordinates"
        if delivery.record.offset in self.broken:
            raise Poison("broken")
        self.done.append(delivery.record.offset)
        return ()

    def feed(self, *keys: str) -> None:
        start = self.log.offsets(TOPIC)[0].end
        records = [record(start + number, start + number, key=key) for number, key in enumerate(keys)]
        self.log.publish([Outgoing(TOPIC, each.key, each.value, each.headers) for each in records])

    async def run(self) -> None:
        """Until it has read everything, by turns; a new process each time."""
        while any([await self._turn(topic) for topic in self.definition.topics]):
            pass

    async def _turn(self, topic: str) -> bool:
        records = self.log.read(topic, 0, self._read.get(topic, 0), 7)
        await self.processor().process(records)
        self._read[topic] = self._read.get(topic, 0) + len(records)
        return bool(records)

    def processor(self) -> ChunkProcessor:
        return processor(self.definition, LogPublisher(self.log), parked=self.parked)

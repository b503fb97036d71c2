"""A rolling upgrade: workers of both versions side by side, and events that only the new one can read."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from herofactory.platform.delivery import ChunkProcessor, DeadLetter, Delivery, LogPublisher
from herofactory.platform.delivery.letters import LetterFilter, Redriver, Redrove, catch_up, page
from herofactory.platform.delivery.letters.letter import Letter
from herofactory.platform.delivery.values import Value
from herofactory.platform.eventlog.port import TopicConfig
from herofactory.platform.postgres.database import Database
from herofactory.platform.records import Outgoing
from streams.testing_log import MemoryLog
from tests.support.clock import InstantClock
from tests.support.delivery import TOPIC, JsonValues, agent, record

pytestmark = pytest.mark.anyio
DEAD, RETRY = "dead.counting", "retry.counting"
LATER_HEADERS = ("dead-timestamp", "dead-redriven")
"""Which the letters of versions without redrives lack."""


class OldValues(JsonValues):
    """Of before the event got its second version."""

    def decode(self, topic: str, data: bytes) -> Value:
        value = super().decode(topic, data)
        if isinstance(value, dict) and value.get("version") != 1:
            raise ValueError(f"version {value.get('version')} is not known")
        return value


@dataclass
class Rolling:
    """A topic of two partitions; an old worker has the first and the retries, a new one the second."""

    log: MemoryLog = field(
        default_factory=lambda: MemoryLog(
            InstantClock(), [TopicConfig(TOPIC, 2, None), TopicConfig(DEAD, 1, None), TopicConfig(RETRY, 1, None)]
        )
    )
    done: list[bytes | None] = field(default_factory=list)
    _read: dict[tuple[str, int], int] = field(default_factory=dict)

    def worker(self, values: JsonValues) -> ChunkProcessor:
        async def handle(delivery: Delivery) -> Sequence[Outgoing]:
            self.done.append(delivery.record.key)
            return ()

        return ChunkProcessor(agent(handle), publisher=LogPublisher(self.log), values=values, clock=InstantClock())

    async def take(self, worker: ChunkProcessor, topic: str, partition: int) -> None:
        at = self._read.get((topic, partition), 0)
        records = self.log.read(topic, partition, at, 100)
        await worker.process(records)
        self._read[topic, partition] = at + len(records)

    def feed(self, versions: Sequence[int]) -> None:
        for number, version in enumerate(versions):
            event = record(number, {"version": version}, key=f"k{number}")
            self.log.publish([Outgoing(TOPIC, event.key, event.value, event.headers)])


async def open_letters(log: MemoryLog, database: Database) -> Sequence[Letter]:
    await catch_up(log, database)
    async with database.connection() as connection:
        return await page(connection, LetterFilter(state="open"), limit=100)


async def test_what_the_old_version_could_not_read_goes_through_after_the_upgrade(database: Database) -> None:
    rolling = Rolling()
    rolling.feed([1, 2, 1, 2, 2, 1, 2, 1, 2, 2])
    old, new = rolling.worker(OldValues()), rolling.worker(JsonValues())
    await asyncio.gather(rolling.take(old, TOPIC, 0), rolling.take(new, TOPIC, 1))
    letters = await open_letters(rolling.log, database)
    assert {letter.partition for letter in letters} == {0}
    assert {letter.kind for letter in letters} == {"decode"}
    count = len(letters)
    assert count

    redriver = Redriver(rolling.log, database, by="ann")
    assert await redriver.redrive(LetterFilter(kind="decode")) == Redrove(sent=count)
    await rolling.take(old, RETRY, 0)
    again = await open_letters(rolling.log, database)
    assert [letter.redriven for letter in again] == [1] * count, "too early: the same letters, not more of them"

    await redriver.redrive(LetterFilter(kind="decode"))
    await rolling.take(rolling.worker(JsonValues()), RETRY, 0)
    assert not await open_letters(rolling.log, database)
    assert sorted(map(str, rolling.done)) == sorted(str(event.key) for event in rolling.log.history(TOPIC))


async def test_letters_that_a_version_without_redrives_wrote_are_redriven_too(database: Database) -> None:
    rolling = Rolling()
    rolling.feed([2])
    (event,) = rolling.log.history(TOPIC)
    await rolling.take(rolling.worker(OldValues()), TOPIC, event.partition)
    written = rolling.log.history(DEAD)[0]
    bare = replace(written, headers={name: text for name, text in written.headers.items() if name not in LATER_HEADERS})
    assert DeadLetter.from_record(bare).timestamp == pytest.approx(event.timestamp, abs=1)
    fresh = Rolling()
    fresh.log.publish([Outgoing(DEAD, bare.key, bare.value, bare.headers)])
    assert (await Redriver(fresh.log, database, by="ann").redrive(LetterFilter())).sent == 1
    await fresh.take(fresh.worker(JsonValues()), RETRY, 0)
    assert fresh.done == [b"k0"]

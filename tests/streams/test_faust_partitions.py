"""What `_Partition` does between two chunks; the rest of it is held by tests/contract/worker.py."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from faust.types import TP

from herofactory.platform.records import Record
from streams.faust_partitions import Partitions, Rest

pytestmark = pytest.mark.anyio
PLACE = TP("search.query", 0)
LONG = Rest(3600.0, 10)


class Message:
    tp = PLACE
    generation_id = 1


@dataclass
class Chunk:
    """A Faust event that brings so many records."""

    records: int
    message: Message = field(default_factory=Message)
    acked: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def value(self) -> Sequence[Record]:
        return [Record(PLACE.topic, PLACE.partition, at, None, b"", {}, 0.0) for at in range(self.records)]

    def ack(self) -> None:
        self.acked.set()


async def process(_records: Sequence[Record]) -> None:
    await asyncio.sleep(0)


def partitions(rest: Rest) -> Partitions:
    return Partitions(process, lambda: set(), rest)


async def test_after_a_small_chunk_the_next_one_waits() -> None:
    work, first, second = partitions(LONG), Chunk(9), Chunk(9)
    work.put(first)
    await first.acked.wait()
    work.put(second)
    for _ in range(10):
        await asyncio.sleep(0)
    assert not second.acked.is_set()
    await work.stop(1, 60.0)


@pytest.mark.parametrize("sizes", [(10, 10, 10), (1, 1, 10)])
async def test_after_a_full_chunk_or_with_a_backlog_nothing_rests(sizes: Sequence[int]) -> None:
    work, chunks = partitions(LONG), [Chunk(size) for size in sizes]
    for chunk in chunks:
        work.put(chunk)
    async with asyncio.timeout(10):
        await asyncio.gather(*(chunk.acked.wait() for chunk in chunks))
    await work.stop(1, 60.0)


async def test_the_rest_ends_when_the_partition_is_let_go() -> None:
    work, chunk = partitions(LONG), Chunk(1)
    work.put(chunk)
    await chunk.acked.wait()
    async with asyncio.timeout(10):
        await work.stop(1, 60.0)


async def test_after_the_rest_it_goes_on() -> None:
    work, chunks = partitions(Rest(0.001, 10)), [Chunk(1) for _ in range(3)]
    for chunk in chunks:
        work.put(chunk)
    async with asyncio.timeout(10):
        await asyncio.gather(*(chunk.acked.wait() for chunk in chunks))
    await work.stop(1, 60.0)

"""A few records of each partition: how many there are, how large, how long they take."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from herofactory.platform.delivery.agent import Agent
from herofactory.platform.delivery.processor import ChunkProcessor
from herofactory.platform.eventlog.port import EventLog
from herofactory.platform.records import Outgoing, Record
from herofactory.platform.replay.plan import Span
from herofactory.platform.replay.target import Target
from streams.replay.bounds import Bound
from streams.replay.ground import Ground
from streams.replay.pages import Stamp

EXACT = 5_000
"""Offsets of a span that is read whole."""
PLACES = 5
"""In a longer one. Compacted topics are thin where they are old, and thick where they are new."""
PER_PLACE = 200
MEASURED = 4_000
"""Records that are measured, of each agent at most."""
WARM_UP = 0.1
"""Share of them that comes first and is not measured: what is opened and loaded once."""
TRIAL_S = 20.0
LOOK_S = 0.1


class Halted(Exception):
    """An agent cannot work at all."""


@dataclass(frozen=True, slots=True)
class Sample:
    span: Span
    records: Sequence[Record]


def take(log: EventLog, topic: str, partition: int, bound: Bound, compacted: bool) -> Sample:
    width = bound.end - bound.start
    if width <= EXACT:
        records = [each for each in log.read(topic, partition, bound.start, EXACT) if each.offset < bound.end]
        count, size = len(records), sum(map(_size, records))
    else:
        records, seen = _in_places(log, topic, partition, bound)
        count = round(width * len(records) / seen) if compacted and seen else width
        size = round(count * sum(map(_size, records)) / len(records)) if records else 0
    return Sample(Span(topic, partition, bound.start, bound.end, count, size, bound.gap), records)


def _in_places(log: EventLog, topic: str, partition: int, bound: Bound) -> tuple[list[Record], int]:
    """And how many offsets they come from."""
    found, seen, step = list[Record](), 0, (bound.end - bound.start) // PLACES
    for place in range(PLACES):
        start, end = bound.start + place * step, bound.start + (place + 1) * step
        page = [each for each in log.read(topic, partition, start, PER_PLACE) if each.offset < end]
        found += page
        seen += page[-1].offset + 1 - start if len(page) == PER_PLACE else end - start
    return found, seen


def _size(record: Record) -> int:
    return len(record.key or b"") + len(record.value or b"")


@dataclass(frozen=True, slots=True)
class Measured:
    seconds: float | None
    """For all records of the spans; None where it could not be measured."""
    records: int
    """That it was measured on."""
    failure: str | None = None
    """Why not."""


async def measure(target: Target, ground: Ground, samples: Sequence[Sample], stamp: Stamp) -> Measured:
    """How long the target's agents take, one after the other: partitions side by side take less."""
    seconds, records = 0.0, 0
    try:
        async with asyncio.timeout(TRIAL_S), target.trial() as agents:
            for agent in agents:
                its_own = [each for each in samples if each.span.topic in agent.sources]
                taken, number = await _agent(agent, ground, its_own, stamp)
                seconds, records = seconds + taken, records + number
    except Halted as error:
        return Measured(None, records, f"the sample could not be measured: {error}")
    except TimeoutError:
        return Measured(None, records, f"the sample was not done within {TRIAL_S:g} s")
    return Measured(seconds, records)


async def _agent(agent: Agent, ground: Ground, samples: Sequence[Sample], stamp: Stamp) -> tuple[float, int]:
    """Seconds for all records of their spans, and how many were measured."""
    total = sum(each.span.records for each in samples)
    chosen = _spread(samples)
    count = sum(map(len, chosen))
    if not count:
        return 0.0, 0
    processor = ChunkProcessor(agent, publisher=_Nowhere(), values=ground.values, clock=ground.clock)
    ready, measured = _parts(chosen, WARM_UP if count > 1 else 0.0)
    await _worked(processor, [record for part in ready for record in stamp(part)])
    began = ground.clock.monotonic()
    await _worked(processor, [record for part in measured for record in stamp(part)])
    taken = ground.clock.monotonic() - began
    number = sum(map(len, measured))
    return taken * total / number if number else 0.0, number


def _parts(chosen: Sequence[Sequence[Record]], share: float) -> tuple[list[Sequence[Record]], list[Sequence[Record]]]:
    """The first `share` of each, and the rest."""
    cuts = [int(len(part) * share) for part in chosen]
    return (
        [part[:cut] for part, cut in zip(chosen, cuts, strict=True)],
        [part[cut:] for part, cut in zip(chosen, cuts, strict=True)],
    )


async def _worked(processor: ChunkProcessor, records: Sequence[Record]) -> None:
    """Raises Halted: a processor itself would wait for better times."""
    work = asyncio.create_task(processor.process(records))
    try:
        while not (await asyncio.wait([work], timeout=LOOK_S))[0]:
            if (status := processor.status()).state == "halted":
                raise Halted(f"agent {status.agent}: {status.cause}")
        work.result()
    finally:
        work.cancel()


def _spread(samples: Sequence[Sample]) -> Sequence[Sequence[Record]]:
    """Of each partition as many as its share of all records."""
    total = sum(each.span.records for each in samples)
    shares = [-(-MEASURED * each.span.records // (total or 1)) for each in samples]
    return [_thinned(each.records, share) for each, share in zip(samples, shares, strict=True)]


def _thinned(records: Sequence[Record], share: int) -> Sequence[Record]:
    step = max(1, -(-len(records) // max(1, share)))
    return records[::step]


class _Nowhere:
    """A trial leaves nothing behind."""

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        pass

"""Targets of replays in tests: filled without a runner, and held side by side."""

from __future__ import annotations

from herofactory.platform.delivery import ChunkProcessor
from herofactory.platform.delivery.publisher import LogPublisher
from herofactory.platform.replay.compare import Comparison, compare
from herofactory.platform.replay.target import Target
from streams.groups import group_of
from streams.replay.ground import Ground
from streams.replay.pages import Pages, stamping


async def fill(ground: Ground, target: Target, generation: int, page: int = 2_000) -> None:
    """From what its groups have committed to the end of its topics, one partition after the other."""
    async with target.writing(generation, await target.create(generation, {})) as agents:
        for agent in agents:
            processor = ChunkProcessor(
                agent, publisher=LogPublisher(ground.log), values=ground.values, clock=ground.clock
            )
            group = group_of(agent.label)
            for topic in agent.sources:
                at = dict(ground.log.committed(group, topic))
                for partition, held in ground.log.offsets(topic).items():
                    pages = Pages(ground.log, topic, partition, page, stamping("replay", None))
                    position = at.get(partition, held.earliest)
                    while position < held.end:
                        found = pages.read(position, held.end)
                        await processor.process(found.records)
                        position = found.next
                    at[partition] = position
                ground.log.commit(group, topic, at)


async def compared(target: Target, old: int, new: int) -> Comparison:
    """All of it: what differs is added too."""
    comparison = Comparison()
    place = await target.place()
    for pair in (await compare(target.entries(old, place), target.entries(new, place), comparison)).values():
        comparison.add(pair)
    return comparison

"""How far the groups of a generation have come."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from herofactory.platform.clock import Clock
from herofactory.platform.delivery.agent import Agent
from herofactory.platform.eventlog.port import EventLog
from herofactory.platform.replay.target import ReplayRefused, Target
from streams.groups import group_of

LOOK_S = 0.2
STUCK_S = 30.0
"""A group that commits nothing for so long, although there is something, will not come to where it is waited for."""
Ends = Mapping[str, Mapping[int, int]]
"""Topic and partition to an offset."""


class Reader(NamedTuple):
    group: str
    topics: tuple[str, ...]


class Behind(ReplayRefused):
    """A generation does not keep up."""


async def agents_of(target: Target) -> Sequence[Agent]:
    """What they are called and read. They are not to be run."""
    async with target.trial() as agents:
        return list(agents)


def readers(agents: Sequence[Agent], generation: int) -> Sequence[Reader]:
    return [Reader(group_of(replace(agent, generation=generation).label), agent.sources) for agent in agents]


def ends_of(log: EventLog, topics: Sequence[str]) -> Ends:
    return {topic: {at: held.end for at, held in log.offsets(topic).items()} for topic in topics}


async def reached(log: EventLog, clock: Clock, waited: Sequence[Reader], ends: Ends, within_s: float | None) -> None:
    """Returns once every reader has dealt with all before `ends`.

    `within_s`: None waits as long as they get on. Raises Behind.
    """
    began = moved = clock.monotonic()
    before: object = None
    while left := await asyncio.to_thread(_left, log, waited, ends):
        now = clock.monotonic()
        if left != before:
            before, moved = left, now
        group, records = max(left.items(), key=lambda each: each[1])
        if within_s is not None and now - began >= within_s:
            raise Behind(f"{group} is {records:,} records, and so more than {within_s:g} s, behind; try again later")
        if now - moved >= STUCK_S:
            raise Behind(
                f"{group} is {records:,} records behind and got no further for {STUCK_S:g} s: does the worker run? "
                "(`hero status`)"
            )
        await clock.sleep(LOOK_S)


def is_reached(log: EventLog, waited: Sequence[Reader], ends: Ends) -> bool:
    return not _left(log, waited, ends)


def _left(log: EventLog, waited: Sequence[Reader], ends: Ends) -> Mapping[str, int]:
    left = {
        reader.group: sum(_behind(log, reader.group, topic, ends[topic]) for topic in reader.topics)
        for reader in waited
    }
    return {group: records for group, records in left.items() if records}


def _behind(log: EventLog, group: str, topic: str, ends: Mapping[int, int]) -> int:
    """Of what is still held: a group that never had anything to read never commits."""
    committed, held = log.committed(group, topic), log.offsets(topic)
    return sum(max(0, end - max(committed.get(at, 0), held[at].earliest)) for at, end in ends.items())

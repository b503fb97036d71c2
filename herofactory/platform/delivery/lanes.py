"""Different keys at once, one key in order."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence

from herofactory.platform.delivery.agent import Agent
from herofactory.platform.delivery.outlet import Outlet
from herofactory.platform.delivery.parked import ParkedKeys, waits_behind
from herofactory.platform.delivery.retrier import Retrier
from herofactory.platform.delivery.settler import Settler
from herofactory.platform.eventlog.port import Position
from herofactory.platform.records import Record

Lane = Sequence[Record]
"""Records of one key, in order."""


class Lanes:
    def __init__(self, agent: Agent, settler: Settler, retrier: Retrier, parked: ParkedKeys | None) -> None:
        self._agent = agent
        self._settler = settler
        self._retrier = retrier
        self._parked = parked if agent.ordered else None
        self._places = asyncio.Semaphore(agent.parallelism)

    async def settle(self, records: Sequence[Record], outlet: Outlet) -> None:
        """Puts the fate of every record; those of one key in order."""
        blockers = await self._blockers(records)
        lanes = lanes_of(records)
        waiting = iter(lanes)
        # A few workers that draw lanes, not a task per lane: a chunk has hundreds.
        async with asyncio.TaskGroup() as workers:
            for _ in range(min(self._agent.parallelism, len(lanes))):
                workers.create_task(self._work(waiting, blockers, outlet))

    async def _work(self, lanes: Iterator[Lane], blockers: Mapping[bytes, Position], outlet: Outlet) -> None:
        async with self._places:  # chunks of several partitions share the bound
            for lane in lanes:
                await self._walk(lane, blockers.get(lane[0].key or b""), outlet)

    async def _walk(self, lane: Lane, blocker: Position | None, outlet: Outlet) -> None:
        for record in lane:
            if waits_behind(record, blocker):
                assert blocker is not None
                behind = f"{blocker.topic}/{blocker.partition}@{blocker.offset}"
                outlet.put(self._settler.park(record, behind))
                continue
            fate = await self._settler.settle(record)
            outlet.put(fate)
            if fate.letter and self._parked is not None and record.key is not None and blocker is None:
                blocker = Position(record.topic, record.partition, record.offset)

    async def _blockers(self, records: Sequence[Record]) -> Mapping[bytes, Position]:
        keys = {record.key for record in records if record.key is not None}
        parked = self._parked
        if parked is None or not keys:
            return {}
        return await self._retrier.run(lambda _: parked.among(self._agent.name, keys), rejects=False)


def lanes_of(records: Sequence[Record]) -> list[Lane]:
    """Records grouped by topic and key, in order; a record without key is alone."""
    lanes: dict[object, list[Record]] = {}
    for index, record in enumerate(records):
        lane = index if record.key is None else (record.topic, record.key)
        lanes.setdefault(lane, []).append(record)
    return list(lanes.values())

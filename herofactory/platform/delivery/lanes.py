"""Different keys at once, one key in order."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence

from herofactory.platform.delivery.agent import Agent
from herofactory.platform.delivery.ordered import Ordered
from herofactory.platform.delivery.outlet import Outlet
from herofactory.platform.delivery.settler import Settler
from herofactory.platform.eventlog.port import Position
from herofactory.platform.records import Record

Lane = Sequence[Record]
"""Records of one key, in order."""


class Lanes:
    def __init__(self, agent: Agent, settler: Settler, ordered: Ordered | None) -> None:
        self._agent = agent
        self._settler = settler
        self._ordered = ordered
        self._places = asyncio.Semaphore(agent.parallelism)

    async def settle(self, records: Sequence[Record], outlet: Outlet) -> None:
        """Puts the fate of every record; those of one key in order."""
        lines = await self._ordered.lines(records) if self._ordered else {}
        lanes = lanes_of(records, across_topics=self._ordered is not None)
        waiting = iter(lanes)
        # A few workers that draw lanes, not a task per lane: a chunk has hundreds.
        async with asyncio.TaskGroup() as workers:
            for _ in range(min(self._agent.parallelism, len(lanes))):
                workers.create_task(self._work(waiting, lines, outlet))

    async def _work(self, lanes: Iterator[Lane], lines: Mapping[bytes, Sequence[Position]], outlet: Outlet) -> None:
        async with self._places:  # chunks of several partitions share the bound
            for lane in lanes:
                if self._ordered:
                    await self._ordered.walk(lane, lines.get(lane[0].key or b"", ()), outlet)
                    continue
                for record in lane:
                    outlet.put(await self._settler.settle(record))


def lanes_of(records: Sequence[Record], *, across_topics: bool = False) -> list[Lane]:
    """Records grouped by key, in order; a record without key is alone. By topic too, where redriven records of several
    need not keep their order."""
    lanes: dict[object, list[Record]] = {}
    for index, record in enumerate(records):
        lane = index if record.key is None else (record.key if across_topics else (record.topic, record.key))
        lanes.setdefault(lane, []).append(record)
    return list(lanes.values())

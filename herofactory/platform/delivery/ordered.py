"""Lanes of an ordered agent: nothing of a key overtakes what was set aside.

What was set aside stands in its key's line until it went through, and goes through in that order. It leaves its place
once its outputs are stored, so a crash before that repeats it and frees nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from herofactory.platform.delivery.agent import Agent
from herofactory.platform.delivery.fate import Fate
from herofactory.platform.delivery.outlet import Outlet
from herofactory.platform.delivery.parked import ParkedKeys, Place, Turn, in_line, position_of
from herofactory.platform.delivery.redriven import Redriven
from herofactory.platform.delivery.retrier import Retrier
from herofactory.platform.delivery.settler import Settler
from herofactory.platform.eventlog.port import Position
from herofactory.platform.records import Record


class Ordered:
    def __init__(self, agent: Agent, settler: Settler, retrier: Retrier, parked: ParkedKeys) -> None:
        self._label = agent.label
        self._settler = settler
        self._retrier = retrier
        self._parked = parked

    async def lines(self, records: Sequence[Record]) -> Mapping[bytes, Sequence[Position]]:
        keys = {record.key for record in records if record.key is not None}
        if not keys:
            return {}
        return await self._retrier.run(lambda _: self._parked.among(self._label, keys), rejects=False)

    async def walk(self, lane: Sequence[Record], line: Sequence[Position], outlet: Outlet) -> None:
        """`lane`: records of one key. `line`: its line before them."""
        walk = _Walk(self._label, list(line), self._settler, self._retrier, self._parked)
        for record in lane:
            outlet.put(await walk.fate(record))


class _Walk:
    def __init__(
        self, label: str, line: list[Position], settler: Settler, retrier: Retrier, parked: ParkedKeys
    ) -> None:
        self._label = label
        self._line = line
        """What is known here to stand in it; what went through here has left it."""
        self._gone: set[Position] = set()
        self._settler = settler
        self._retrier = retrier
        self._parked = parked

    async def fate(self, record: Record) -> Fate:
        if record.key is None:
            return await self._settler.settle(record)
        at = position_of(record)
        if _waited(record) and at not in self._line:
            return Fate(record)  # it went through before, or was dropped
        turn = await self._turn(record, record.key, at)
        if turn == "free":
            return await self._process(record, record.key, at)
        letter = self._settler.parked(record, behind=self._line[0])
        return Fate(record, (letter.to_retry(),)) if turn == "follows" else Fate(record, letter=letter)

    async def _turn(self, record: Record, key: bytes, at: Position) -> Turn:
        if not self._line or self._line[0] == at:
            return "free"
        if _waited(record):
            await self._stay(key)
            return "waits"
        turn, line = await self._retrier.run(lambda _: self._parked.join(self._label, key, at), rejects=False)
        self._line = [place for place in line if place not in self._gone]
        return turn if self._line else "free"

    async def _process(self, record: Record, key: bytes, at: Position) -> Fate:
        fate = await self._settler.settle(record)
        if fate.letter is None:
            if at not in self._line:
                return fate
            self._line.remove(at)
            self._gone.add(at)
            return replace(fate, leaves=True)
        # Its place first, then its letter. The other way round, after a crash in between, it might go through when it
        # comes again, with those behind it; and a redrive of the letter would then come after them.
        await self._keep(record, key, at)
        return fate

    async def _keep(self, record: Record, key: bytes, at: Position) -> None:
        if _waited(record):
            await self._stay(key)  # it has its place, or was dropped meanwhile
            return
        await self._retrier.run(lambda _: self._parked.park(self._label, key, at), rejects=False)
        if at not in self._line:
            self._line = [place.at for place in in_line([Place(each, False) for each in (*self._line, at)])]

    async def _stay(self, key: bytes) -> None:
        await self._retrier.run(lambda _: self._parked.stay(self._label, key), rejects=False)


def _waited(record: Record) -> bool:
    """Whether it comes back from where only what has a place in a line goes."""
    return isinstance(record, Redriven) and record.ordered

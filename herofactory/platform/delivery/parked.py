"""Keys whose later events wait behind a dead letter (ordered agents only): one line per key, and who stands in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Literal, NamedTuple, Protocol

from herofactory.platform.eventlog.port import Position
from herofactory.platform.records import Record

Turn = Literal["free", "waits", "follows"]
"""free: nothing stands before it, so it is processed. waits: it becomes a letter of class `parked`. follows: all that
stands before it is on its way back to the agent, and it goes that way behind it."""


class Place(NamedTuple):
    """In a key's line."""

    at: Position
    """Coordinates of the event."""
    sent: bool
    """On its way back to the agent."""


class Joined(NamedTuple):
    turn: Turn
    line: Sequence[Position]
    """As it is now, the newcomer included where it has to wait."""


class ParkedKeys(Protocol):
    """Survives restarts: a key forgotten here would overtake its own dead letter. `agent` is an agent's label: every
    generation has lines of its own."""

    async def among(self, agent: str, keys: Collection[bytes]) -> Mapping[bytes, Sequence[Position]]:
        """The lines of those of `keys` that are parked, in the order in which they have to go through."""

    async def park(self, agent: str, key: bytes, at: Position) -> None:
        """Gives it a place, unless it has one; durable when it returns. Later events wait behind it, as letters."""

    async def join(self, agent: str, key: bytes, at: Position) -> Joined:
        """Gives it a place behind what stands there; none where nothing does, or it comes before all of it."""

    async def stay(self, agent: str, key: bytes) -> None:
        """What was on its way back did not go through: later events wait as letters again."""

    async def passed(self, agent: str, places: Collection[tuple[bytes, Position]]) -> None:
        """They leave their lines. Idempotent."""


class MemoryParkedKeys:
    """For tests: forgets with its process."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, bytes], list[Place]] = {}
        self._sending = asyncio.Lock()

    async def among(self, agent: str, keys: Collection[bytes]) -> Mapping[bytes, Sequence[Position]]:
        lines = {key: self._lines.get((agent, key)) for key in keys}
        return {key: [place.at for place in in_line(line)] for key, line in lines.items() if line}

    async def park(self, agent: str, key: bytes, at: Position) -> None:
        async with self._sending:
            line = self._lines.setdefault((agent, key), [])
            if all(place.at != at for place in line):
                line.append(Place(at, False))
            self._lines[agent, key] = _unsent(line)

    async def join(self, agent: str, key: bytes, at: Position) -> Joined:
        async with self._sending:
            joined, places = joining(self._lines.get((agent, key), ()), at)
            if places:
                self._lines[agent, key] = places
            return joined

    async def stay(self, agent: str, key: bytes) -> None:
        async with self._sending:
            if (agent, key) in self._lines:
                self._lines[agent, key] = _unsent(self._lines[agent, key])

    async def passed(self, agent: str, places: Collection[tuple[bytes, Position]]) -> None:
        for key, at in places:
            left = [place for place in self._lines.get((agent, key), ()) if place.at != at]
            if left:
                self._lines[agent, key] = left
            else:
                self._lines.pop((agent, key), None)

    @asynccontextmanager
    async def sending(self, agent: str, key: bytes, at: Collection[Position]) -> AsyncIterator[None]:
        """While they are written to where the agent reads them, nobody joins the line; then they are on their way."""
        async with self._sending:
            yield
            line = self._lines.get((agent, key))
            if line:
                self._lines[agent, key] = [Place(each.at, each.sent or each.at in at) for each in line]


def joining(arrived: Iterable[Place], at: Position) -> tuple[Joined, list[Place]]:
    """What becomes of the event at `at`, and the line in the order of arrival then; empty where it stays as it is."""
    places = list(arrived)
    known = any(place.at == at for place in places)
    line = in_line(places if known else [*places, Place(at, False)])
    index = next(index for index, place in enumerate(line) if place.at == at)
    if index == 0:
        return Joined("free", [place.at for place in line if known or place.at != at]), []
    mine = Place(at, line[index - 1].sent)
    changed = [mine if place.at == at else place for place in places] if known else [*places, mine]
    return Joined("follows" if mine.sent else "waits", [place.at for place in line]), changed


def in_line(arrived: Sequence[Place]) -> list[Place]:
    """Events of one partition by offset, in whatever order they arrived (one may come again that came before the
    first); those of several topics as they arrived."""
    queues: dict[tuple[str, int], Iterator[Place]] = {}
    for place in arrived:
        queues.setdefault((place.at.topic, place.at.partition), iter(()))
    for where in queues:
        mine = [place for place in arrived if (place.at.topic, place.at.partition) == where]
        queues[where] = iter(sorted(mine, key=lambda place: place.at.offset))
    return [next(queues[place.at.topic, place.at.partition]) for place in arrived]


def position_of(record: Record) -> Position:
    return Position(record.topic, record.partition, record.offset)


def _unsent(line: Iterable[Place]) -> list[Place]:
    return [Place(place.at, False) for place in line]

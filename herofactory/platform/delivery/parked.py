"""Keys whose later events wait behind a dead letter (ordered agents only)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from herofactory.platform.eventlog.port import Position
from herofactory.platform.records import Record


class ParkedKeys(Protocol):
    """Survives restarts: a key forgotten here would overtake its own dead letter."""

    async def among(self, agent: str, keys: Collection[bytes]) -> Mapping[bytes, Position]:
        """Those of `keys` that are parked, each with the record that parked it."""

    async def park(self, agent: str, keys: Mapping[bytes, Position]) -> None:
        """Durable when it returns. A key that is parked already keeps its first position."""

    async def release(self, agent: str, keys: Collection[bytes]) -> None:
        """Their dead letters have been redriven or dropped."""


class MemoryParkedKeys:
    """For tests: forgets with its process."""

    def __init__(self) -> None:
        self._parked: dict[tuple[str, bytes], Position] = {}

    async def among(self, agent: str, keys: Collection[bytes]) -> Mapping[bytes, Position]:
        return {key: self._parked[agent, key] for key in keys if (agent, key) in self._parked}

    async def park(self, agent: str, keys: Mapping[bytes, Position]) -> None:
        for key, position in keys.items():
            self._parked.setdefault((agent, key), position)

    async def release(self, agent: str, keys: Collection[bytes]) -> None:
        for key in keys:
            self._parked.pop((agent, key), None)


def waits_behind(record: Record, blocker: Position | None) -> bool:
    """Whether `record` comes after the one that parked its key.

    The blocker itself and what came before it are not parked: a crash between parking and the ack delivers them again.
    """
    if blocker is None:
        return False
    same = (record.topic, record.partition) == (blocker.topic, blocker.partition)
    return not same or record.offset > blocker.offset

"""Generations that begin with what the database holds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol, TypeGuard, runtime_checkable

from herofactory.platform.replay.target import Cost, Target


@runtime_checkable
class FromDatabase(Target, Protocol):
    """What a target has beyond `Target` where it can be filled so."""

    def from_database(self, generation: int, place: str) -> AsyncIterator[int]:
        """Records written so far, now and then; ends when all are stored. Again from the start after a crash. An older
        revision never wins over what is there."""

    async def database_records(self) -> int:
        """How many there will be, about."""


@runtime_checkable
class CostsRows(Protocol):
    """What an external one has, too."""

    async def database_cost(self) -> Cost:
        """Of all that `from_database` would write."""


def takes_snapshots(target: Target) -> TypeGuard[FromDatabase]:
    return isinstance(target, FromDatabase)

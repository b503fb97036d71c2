"""Targets whose generations are rows of PostgreSQL, marked with their number."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, ClassVar

from herofactory.insights.generations import Generations
from herofactory.platform.delivery.agent import Agent
from herofactory.platform.delivery.replayable import Effects
from herofactory.platform.postgres.database import Database
from herofactory.platform.records import Record
from herofactory.platform.replay.target import Cost
from herofactory.platform.replay.undone import Undone
from streams.replay.ground import Ground

TRIAL = 32_767
"""A generation of nobody: what is written to it is rolled back."""
# The arguments below are the protocol's; a number says all here.
# ruff: noqa: ARG002, B027


class InTables(ABC):
    """What is left of a Target: its sources, agents, entries and scopes."""

    kept: ClassVar[Generations]
    effects: Effects = "own tables"

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.name = self.kept.target

    @abstractmethod
    def agents(self, database: Database, generation: int) -> Sequence[Agent]:
        """That write to `generation`."""

    async def place(self) -> str:
        return ""

    async def create(self, generation: int, options: Mapping[str, Any]) -> str:
        """Nothing: it is there with its first row."""
        return ""

    @asynccontextmanager
    async def writing(self, generation: int, place: str) -> AsyncIterator[Sequence[Agent]]:
        yield self.agents(self.ground.database, generation)

    @asynccontextmanager
    async def trial(self) -> AsyncIterator[Sequence[Agent]]:
        yield self.agents(Undone(self.ground.database), TRIAL)

    async def cost(self, records: AsyncIterator[Record]) -> Cost:
        return Cost()

    async def settled(self, generation: int) -> bool:
        return True

    async def activate(self, generation: int, place: str) -> None:
        """Nothing: readers ask `target_generations` in the statement that reads."""

    async def drop(self, generation: int, place: str) -> None:
        await self.kept.drop(self.ground.database, generation)

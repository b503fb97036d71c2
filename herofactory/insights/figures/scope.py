"""Which figures are meant: of which generation, and whether simulated ones count."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from herofactory.insights.generations import FIGURES
from herofactory.platform.postgres.database import Connection, Database

PUBLIC_PEOPLE = 5
"""A term that fewer people searched for is nobody else's business."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Real figures only, unless `simulated`: then both together."""

    generation: int = 1
    simulated: bool = False

    @property
    def marks(self) -> list[bool]:
        """Values of the column `simulated`."""
        return [False, True] if self.simulated else [False]


@asynccontextmanager
async def snapshot(database: Database) -> AsyncIterator[Connection]:
    """A transaction that sees one state of all figures, however many queries it takes."""
    async with database.connection() as connection, connection.transaction():
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        # All rows of a cursor are wanted, not the first tenth soon.
        await connection.execute("SET LOCAL cursor_tuple_fraction = 1")
        yield connection


async def active_scope(database: Database, *, simulated: bool = False) -> Scope:
    """Of the generation that readers use."""
    row = await database.fetch_one(f"SELECT {FIGURES.in_use} AS generation")
    assert row is not None
    return Scope(row["generation"], simulated)

"""What is kept in generations: one is read, others may be made beside it. `target_generations` says which is which."""

from __future__ import annotations

from dataclasses import dataclass

from herofactory.platform.postgres.database import Database
from herofactory.platform.replay import generations

BATCH = 10_000
"""Rows that are deleted at once: nobody waits long for their locks."""


@dataclass(frozen=True, slots=True)
class Generations:
    """Rows of tables, each marked with the number of its generation."""

    target: str
    """Its name among the targets of replays."""
    tables: tuple[str, ...]

    @property
    def in_use(self) -> str:
        """SQL: the number that readers use."""
        return f"coalesce((SELECT generation FROM target_generations WHERE target = '{self.target}' AND active), 1)"

    async def drop(self, database: Database, generation: int) -> int:
        """Delete all of it, a batch at a time; returns how many rows. May be broken off, and called again.

        Raises ValueError for the one that is read.
        """
        async with database.connection() as connection:
            if generation == await generations.active(connection, self.target):
                raise ValueError(f"generation {generation} of {self.target} is in use: swap another one in first")
        return sum([await _delete(database, table, generation) for table in self.tables])

    async def sweep(self, database: Database) -> None:
        """Delete what was written to a generation while it was dropped: by work that had begun before."""
        async with database.connection() as connection:
            known = {each.number for each in await generations.of(connection, self.target)} or {generations.FIRST}
        for table in self.tables:
            for generation in await _numbers(database, table):
                if generation not in known:
                    await _delete(database, table, generation)


FIGURES = Generations(
    "insights",
    # What is still to be done goes first: nobody begins it any more then.
    ("observation_work", "day_work", "observations", "term_buckets", "item_buckets", "quality_buckets", "pair_buckets",
     "term_days", "item_days", "day_packs", "traffic_days", "traffic_buckets"),
)  # fmt: skip
"""Of what people look for and at, and of traffic."""
LOOKS = Generations("similar-items", ("item_looks",))
JOBS = Generations("generation-figures", ("job_facts",))
ALL = (FIGURES, LOOKS, JOBS)


async def _delete(database: Database, table: str, generation: int) -> int:
    rows = f"ARRAY(SELECT ctid FROM {table} WHERE generation = %s LIMIT {BATCH})"
    deleted = 0
    while True:
        async with database.transaction() as transaction:
            cursor = await transaction.execute(f"DELETE FROM {table} WHERE ctid = ANY({rows})".encode(), (generation,))
        deleted += cursor.rowcount
        if cursor.rowcount < BATCH:
            return deleted


async def _numbers(database: Database, table: str) -> list[int]:
    """A step through the index per generation; DISTINCT would read all of it."""
    found: list[int] = []
    query = f"SELECT generation FROM {table} WHERE generation > %s ORDER BY generation LIMIT 1"
    while row := await database.fetch_one(query, found[-1] if found else 0):
        found.append(row["generation"])
    return found

"""Similar earlier prompts of the same owner, nearest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import psycopg

from herofactory.platform.postgres.database import Database
from herofactory.platform.postgres.vector import vector_support
from herofactory.studio.prompts.prompt import Prompt
from herofactory.studio.prompts.repository import COLUMNS, prompt_of

NEWEST = 2_000
"""Prompts of an owner that are looked through."""
LEAST = 0.2
"""Likeness below which two prompts have nothing in common: words that share a few letters reach 0.1."""
Comparison = Literal["pgvector", "sql"]
_LIKENESS: dict[Comparison, str] = {
    "pgvector": "1 - (embedding::vector <=> %(point)s::real[]::vector)",
    # Points have length 1, so the sum of products is the cosine.
    "sql": "(SELECT sum(a * b) FROM unnest(embedding, %(point)s::real[]) AS pairs (a, b))",
}


@dataclass(frozen=True, slots=True)
class Like:
    prompt: Prompt
    likeness: float
    """Cosine: 1 for the same words, 0 for nothing in common."""


class SimilarPrompts:
    def __init__(self, database: Database, *, embedded: bool) -> None:
        """`embedded`: the database is our own server on this machine, where an extension may be made."""
        self._database = database
        self._embedded = embedded
        self._comparison: Comparison | None = None

    async def comparison(self) -> Comparison:
        """How points are compared: found out once."""
        if self._comparison is None:
            usable = not self._embedded or vector_support().usable
            self._comparison = "pgvector" if usable and await self._has_extension() else "sql"
        return self._comparison

    async def like(self, prompt: Prompt, limit: int) -> list[Like]:
        """Without `prompt` itself; only what the same embedder looked at can be compared."""
        if prompt.optimised is None or not prompt.optimised.embedding:
            return []
        likeness = _LIKENESS[await self.comparison()]
        async with self._database.connection() as connection:
            cursor = await connection.execute(
                f"""SELECT * FROM (
                        SELECT {COLUMNS}, {likeness} AS likeness FROM (
                            SELECT * FROM prompts WHERE owner_id = %(owner)s AND state = 'done'
                             ORDER BY id DESC LIMIT {NEWEST}) AS newest
                         WHERE embedder = %(embedder)s AND id <> %(id)s) AS compared
                     WHERE likeness >= {LEAST} ORDER BY likeness DESC, id DESC LIMIT %(limit)s""",
                {
                    "point": list(prompt.optimised.embedding),
                    "owner": prompt.owner_id,
                    "embedder": prompt.optimised.embedder,
                    "id": prompt.id,
                    "limit": limit,
                },
            )
            return [Like(prompt_of(row), float(row["likeness"])) for row in await cursor.fetchall()]

    async def _has_extension(self) -> bool:
        if self._embedded:
            try:
                async with self._database.connection() as connection:
                    await connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
            except psycopg.Error:  # not in this server, not allowed, or another process was faster: then it is there
                pass
        return bool(await self._database.fetch("SELECT FROM pg_extension WHERE extname = 'vector'"))

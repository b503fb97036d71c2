"""The SQL of prompts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from psycopg.types.json import Jsonb

from herofactory.platform.postgres.database import Connection, Row
from herofactory.studio.prompts.optimised import Optimised
from herofactory.studio.prompts.prompt import Prompt

COLUMNS = "id, owner_id, text, sketch_id, preset, state, result, embedding, embedder, created_at, decided_at"


async def insert(
    transaction: Connection, prompt_id: UUID, owner_id: str, text: str, sketch_id: UUID | None, preset: str | None
) -> Prompt:
    cursor = await transaction.execute(
        f"""INSERT INTO prompts (id, owner_id, text, sketch_id, preset) VALUES (%s, %s, %s, %s, %s)
            RETURNING {COLUMNS}""",
        (prompt_id, owner_id, text, sketch_id, preset),
    )
    row = await cursor.fetchone()
    assert row is not None
    return prompt_of(row)


async def get(connection: Connection, owner_id: str, prompt_id: UUID) -> Prompt | None:
    cursor = await connection.execute(
        f"SELECT {COLUMNS} FROM prompts WHERE id = %s AND owner_id = %s", (prompt_id, owner_id)
    )
    row = await cursor.fetchone()
    return prompt_of(row) if row else None


async def decide(transaction: Connection, prompt_id: UUID, optimised: Optimised, decided_at: datetime) -> bool:
    """Whether it was still worked on: the first decision stays."""
    result = {key: value for key, value in optimised.to_json().items() if key not in ("embedding", "embedder")}
    cursor = await transaction.execute(
        """UPDATE prompts SET state = %s, cause = %s, result = %s, embedding = %s, embedder = %s, decided_at = %s
            WHERE id = %s AND state = 'working'""",
        (
            optimised.state,
            optimised.cause,
            Jsonb(result),
            list(optimised.embedding) or None,
            optimised.embedder or None,
            decided_at,
            prompt_id,
        ),
    )
    return cursor.rowcount > 0


def prompt_of(row: Row) -> Prompt:
    return Prompt(
        id=row["id"],
        owner_id=row["owner_id"],
        text=row["text"],
        sketch_id=row["sketch_id"],
        preset=row["preset"],
        state=row["state"],
        created_at=row["created_at"],
        decided_at=row["decided_at"],
        optimised=_optimised(row) if row["result"] else None,
    )


def _optimised(row: Row) -> Optimised:
    stored = {"embedding": row["embedding"] or (), "embedder": row["embedder"] or ""}
    return Optimised.from_json({**row["result"], **stored})

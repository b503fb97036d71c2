"""Idempotency-Key: the first answer is kept, in the transaction of its effect, and given again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from herofactory.platform.postgres.database import Connection

KEPT_S = 86_400.0
"""Seconds that an answer is kept; afterwards the same key is a new request."""


class KeyReused(ValueError):
    """The key was used before with another request."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    subject: str
    """Whose key it is: two users may choose the same."""
    key: str
    fingerprint: str
    """Hash of method, path and body."""

    async def claim(self, transaction: Connection) -> Answer | None:
        """None: go on and `store`. An answer: give it again. Waits for a request with the same key that is under way.

        Raises KeyReused for the same key with another request.
        """
        inserted = await transaction.execute(
            "INSERT INTO idempotency_keys (subject, key, fingerprint) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            (self.subject, self.key, self.fingerprint),
        )
        if inserted.rowcount:
            return None
        cursor = await transaction.execute(
            "SELECT fingerprint, status, body FROM idempotency_keys WHERE subject = %s AND key = %s",
            (self.subject, self.key),
        )
        row = await cursor.fetchone()
        if row is None or row["fingerprint"] != self.fingerprint:
            raise KeyReused(f"Idempotency-Key {self.key!r} was used before with another request; choose a new key")
        return Answer(row["status"], row["body"])

    async def store(self, transaction: Connection, answer: Answer) -> None:
        await transaction.execute(
            "UPDATE idempotency_keys SET status = %s, body = %s WHERE subject = %s AND key = %s",
            (answer.status, Jsonb(answer.body), self.subject, self.key),
        )


async def sweep(transaction: Connection) -> int:
    """Forget answers older than KEPT_S; returns how many."""
    cursor = await transaction.execute(
        "DELETE FROM idempotency_keys WHERE created_at < clock_timestamp() - make_interval(secs => %s)", (KEPT_S,)
    )
    return cursor.rowcount

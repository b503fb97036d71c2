"""Verdict cache, stored answers and daily budget in PostgreSQL, shared by all workers."""

from __future__ import annotations

from typing import Literal

from psycopg.types.json import Jsonb

from herofactory.moderation.budget import Spending
from herofactory.moderation.verdict import Verdict
from herofactory.platform.clock import Clock
from herofactory.platform.postgres.database import Database


class PostgresVerdictCache:
    """A `VerdictCache`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, key: str) -> Verdict | None:
        row = await self._database.fetch_one("SELECT verdict FROM moderation_cache WHERE key = %s", key)
        if row is None:
            return None
        try:
            return Verdict.from_json(row["verdict"])
        except (KeyError, ValueError, TypeError):  # written by another version, or damaged: judged anew
            return None

    async def put(self, key: str, verdict: Verdict) -> None:
        async with self._database.connection() as connection:
            await connection.execute(
                """INSERT INTO moderation_cache (key, verdict) VALUES (%s, %s)
                   ON CONFLICT (key) DO UPDATE SET verdict = excluded.verdict""",
                (key, Jsonb(verdict.to_json())),
            )


class PostgresAnswers:
    """`Answers`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, key: str) -> bytes | None:
        row = await self._database.fetch_one("SELECT body FROM moderation_answers WHERE key = %s", key)
        return bytes(row["body"]) if row else None

    async def put(self, key: str, body: bytes) -> None:
        async with self._database.connection() as connection:
            await connection.execute(
                "INSERT INTO moderation_answers (key, body) VALUES (%s, %b)"
                " ON CONFLICT (key) DO UPDATE SET body = excluded.body",
                (key, body),
            )


class PostgresBudget:
    """A `Budget`: `limit` per UTC day. `table`: whose money it is."""

    def __init__(
        self,
        database: Database,
        limit: Spending,
        clock: Clock,
        table: Literal["moderation_budget", "prompt_budget"] = "moderation_budget",
    ) -> None:
        self._table = table
        self._database = database
        self._limit = limit
        self._clock = clock

    async def take(self, estimate: Spending) -> bool:
        if estimate.calls > self._limit.calls or estimate.micro_usd > self._limit.micro_usd:
            return False
        row = await self._database.fetch_one(
            f"""INSERT INTO {self._table} AS spent (day, calls, micro_usd) VALUES (%s, %s, %s)
               ON CONFLICT (day) DO UPDATE SET calls = spent.calls + excluded.calls,
                                               micro_usd = spent.micro_usd + excluded.micro_usd
               WHERE spent.calls + excluded.calls <= %s AND spent.micro_usd + excluded.micro_usd <= %s
               RETURNING day""",
            self._clock.now().date(),
            estimate.calls,
            estimate.micro_usd,
            self._limit.calls,
            self._limit.micro_usd,
        )
        return row is not None

    async def settle(self, estimate: Spending, spent: Spending) -> None:
        async with self._database.connection() as connection:
            await connection.execute(
                # a reservation of yesterday must not make today's budget larger than it is
                f"""UPDATE {self._table} SET calls = greatest(0, calls + %s), micro_usd = greatest(0, micro_usd + %s)
                    WHERE day = %s""".encode(),
                (spent.calls - estimate.calls, spent.micro_usd - estimate.micro_usd, self._clock.now().date()),
            )

"""Logins in PostgreSQL: a logged table, so that what was signed out stays so through a crash."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import psycopg
from psycopg_pool import PoolTimeout

from herofactory.accounts.token_store.port import (
    FamilyExists,
    RefreshToken,
    Rotated,
    TokenReused,
    TokensUnavailable,
    UnknownToken,
)
from herofactory.platform.postgres.database import Connection, Database

TIMEOUT_S = 2.0
"""Seconds for one answer."""
_PUT = """INSERT INTO token_families (id, subject, digest, expires_at)
VALUES (%s, %s, %s, clock_timestamp() + make_interval(secs => %s)) ON CONFLICT DO NOTHING RETURNING true AS done"""
_REVOKED = "SELECT EXISTS (SELECT FROM revocations WHERE id = ANY(%s) AND expires_at > clock_timestamp()) AS found"


class PostgresTokenStore:
    """`access_s`: seconds that the longest access token lives, leeway included."""

    def __init__(self, database: Database, access_s: float) -> None:
        self._database = database
        self._access_s = access_s

    async def put(self, token: RefreshToken, subject: str, ttl_s: float) -> None:
        if not await self._ask(_PUT, token.family, subject, token.digest, ttl_s):
            raise FamilyExists(f"login {token.family} has begun already")

    async def rotate(self, token: RefreshToken, ttl_s: float) -> Rotated:
        new = token.successor()
        given = (token.family, token.digest, new.digest, ttl_s, self._access_s)
        row = await self._ask("SELECT * FROM rotate_token(%s, %s, %s, %s, %s)", *given)
        if row["outcome"] == "reused":
            raise TokenReused("the token was exchanged before; its login has ended")
        if row["outcome"] != "rotated":
            raise UnknownToken("the token is unknown or has expired")
        return Rotated(row["subject"], new)

    async def revoke(self, identity: UUID) -> None:
        await self._ask("SELECT revoke_tokens(%s, %s)", identity, self._access_s)

    async def is_revoked(self, *identities: UUID) -> bool:
        row = await self._ask(_REVOKED, list(identities))
        return bool(row["found"])

    async def _ask(self, query: str, *parameters: object) -> Any:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await self._database.fetch_one(query, *parameters)
        except (TimeoutError, PoolTimeout, psycopg.Error) as error:
            raise TokensUnavailable(f"the logins' database does not answer: {error!r}") from error


async def sweep(transaction: Connection) -> None:
    """Forget logins that have expired and revocations that outlived every access token."""
    await transaction.execute("DELETE FROM token_families WHERE expires_at < clock_timestamp()")
    await transaction.execute("DELETE FROM revocations WHERE expires_at < clock_timestamp()")

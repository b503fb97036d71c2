from __future__ import annotations

import asyncio

import pytest

from herofactory.accounts.token_store import (
    PostgresTokenStore,
    RefreshToken,
    TokenStore,
    TokensUnavailable,
    sweep,
)
from herofactory.platform.ids import uuid7
from herofactory.platform.postgres.database import Database
from tests.contract.token_store import ACCESS_S, TTL_S, TokenStoreContract, login

pytestmark = pytest.mark.anyio


@pytest.fixture
async def store(database: Database) -> TokenStore:
    return PostgresTokenStore(database, ACCESS_S)


class TestPostgresTokenStore(TokenStoreContract):
    """The contract."""


async def test_a_database_that_does_not_answer_lets_nobody_in(database: Database, store: TokenStore) -> None:
    token = await login(store)
    async with database.connection() as connection:
        await connection.execute("ALTER FUNCTION rotate_token RENAME TO hidden")
        await connection.execute("ALTER TABLE revocations RENAME TO hidden_too")
    for asking in (store.rotate(token, TTL_S), store.is_revoked(token.family), store.revoke(token.family)):
        with pytest.raises(TokensUnavailable, match="does not answer"):
            await asking


async def test_secrets_are_stored_as_hashes_only(database: Database, store: TokenStore) -> None:
    token = await login(store)
    await store.rotate(token, TTL_S)
    rows = await database.fetch("SELECT t::text FROM taken_tokens t UNION ALL SELECT f::text FROM token_families f")
    assert len(rows) == 2
    assert not any(token.secret in str(row) for row in rows)


async def test_a_sweep_forgets_what_has_expired_and_nothing_else(database: Database, store: TokenStore) -> None:
    expired, good = await login(store, 0.2), await login(store)
    await store.rotate(expired, 0.05)
    await store.rotate(good, TTL_S)
    await PostgresTokenStore(database, 0.05).revoke(uuid7())
    await store.revoke(uuid7())
    await asyncio.sleep(0.1)
    async with database.transaction() as transaction:
        await sweep(transaction)
    kept = "SELECT (SELECT count(*) FROM token_families) AS families, (SELECT count(*) FROM taken_tokens) AS taken, "
    assert await database.fetch(kept + "(SELECT count(*) FROM revocations) AS revocations") == [
        {"families": 1, "taken": 1, "revocations": 1}
    ]


async def test_a_revocation_is_not_shortened_by_repeating_it(database: Database, store: TokenStore) -> None:
    token = RefreshToken.first()
    await store.revoke(token.family)
    await PostgresTokenStore(database, 0.01).revoke(token.family)
    await asyncio.sleep(0.05)
    assert await store.is_revoked(token.family)

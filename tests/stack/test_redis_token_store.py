"""Logins in a real Redis: the port's contract, and nobody let in without it."""

from __future__ import annotations

import asyncio

import pytest

from herofactory.accounts.token_store import TokenStore, TokensUnavailable, UnknownToken
from herofactory.accounts.token_store.redis import RedisTokenStore
from herofactory.platform.redis import RedisServer
from tests.contract.token_store import ACCESS_S, TTL_S, TokenStoreContract, login
from tests.stack.redis_access import OUTAGES, Outage, hung, restarted
from tests.stack.servers.redis import Redis

pytestmark = [pytest.mark.stack, pytest.mark.anyio]


@pytest.fixture
async def store(server: RedisServer) -> TokenStore:
    return RedisTokenStore(server, ACCESS_S)


class TestRedisTokenStore(TokenStoreContract):
    """The contract."""


@pytest.mark.parametrize("outage", OUTAGES)
async def test_without_redis_nobody_is_taken_for_signed_in(store: TokenStore, redis: Redis, outage: Outage) -> None:
    token = await login(store)
    with outage(redis):
        for asking in (store.rotate(token, TTL_S), store.is_revoked(token.family), store.revoke(token.family)):
            with pytest.raises(TokensUnavailable, match="does not answer"):
                await asking


async def test_logins_outlive_a_redis_that_hung(store: TokenStore, redis: Redis) -> None:
    token, left = await login(store), await login(store)
    await store.revoke(left.family)
    with hung(redis), pytest.raises(TokensUnavailable):
        await store.is_revoked(token.family)
    assert await store.is_revoked(left.family)
    assert (await store.rotate(token, TTL_S)).subject == "마법사"


async def test_a_redis_that_lost_its_memory_knows_no_token(store: TokenStore, redis: Redis) -> None:
    token = await login(store)
    await asyncio.to_thread(restarted, redis)
    with pytest.raises(UnknownToken):
        await store.rotate(token, TTL_S)


async def test_everything_goes_by_itself_in_the_end(server: RedisServer) -> None:
    store = RedisTokenStore(server, 0.02)
    stolen = await login(store)
    await store.rotate(stolen, 0.02)
    with pytest.raises(UnknownToken):
        await store.rotate(stolen, 0.02)
    await login(store, 0.02)
    await asyncio.sleep(0.1)
    assert [key async for key in server.client.scan_iter(match=server.key("*"))] == []

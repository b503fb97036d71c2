"""What every token store is held to. A suite for an adapter subclasses TokenStoreContract and gives `store`.

`store` remembers revocations for ACCESS_S.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from herofactory.accounts.token_store import (
    FamilyExists,
    RefreshToken,
    Rotated,
    TokenReused,
    TokenStore,
    UnknownToken,
)
from herofactory.platform.ids import uuid7

ACCESS_S = 60.0
# What somebody does with one of two logins: leave it, or show the token that was given so many exchanges ago.
STEPS = st.lists(st.tuples(st.integers(0, 1), st.sampled_from(["leave", 0, 0, 0, 0, 1, 2])), max_size=12)
TTL_S = 60.0


async def outcome_of(rotating: Awaitable[Rotated]) -> str:
    try:
        await rotating
    except UnknownToken as error:
        return type(error).__name__
    return "rotated"


async def login(store: TokenStore, ttl_s: float = TTL_S) -> RefreshToken:
    token = RefreshToken.first()
    await store.put(token, "마법사", ttl_s)
    return token


class Login:
    """What the port promises, in a few lines to compare with."""

    def __init__(self, token: RefreshToken) -> None:
        self.tokens = [token]
        self.over = False

    def expected(self, age: int) -> str:
        if self.over:
            return "UnknownToken"
        self.over = age > 0
        return "TokenReused" if age else "rotated"


class TokenStoreContract:
    pytestmark = pytest.mark.anyio

    async def test_a_token_is_exchanged_for_another_of_its_login(self, store: TokenStore) -> None:
        first = await login(store)
        rotated = await store.rotate(first, TTL_S)
        assert rotated.subject == "마법사"
        assert rotated.token.family == first.family
        assert rotated.token.secret != first.secret
        assert (await store.rotate(rotated.token, TTL_S)).subject == "마법사"
        assert not await store.is_revoked(first.family)

    async def test_a_token_that_was_exchanged_ends_its_login(self, store: TokenStore) -> None:
        first = await login(store)
        newest = (await store.rotate((await store.rotate(first, TTL_S)).token, TTL_S)).token
        with pytest.raises(TokenReused):
            await store.rotate(first, TTL_S)
        assert await store.is_revoked(first.family)
        assert await outcome_of(store.rotate(newest, TTL_S)) == "UnknownToken"

    async def test_a_theft_ends_no_other_login(self, store: TokenStore) -> None:
        stolen, other = await login(store), await login(store)
        await store.rotate(stolen, TTL_S)
        assert await outcome_of(store.rotate(stolen, TTL_S)) == "TokenReused"
        assert not await store.is_revoked(other.family)
        assert await outcome_of(store.rotate(other, TTL_S)) == "rotated"

    async def test_an_old_token_is_known_longer_than_it_would_have_lived(self, store: TokenStore) -> None:
        first = await login(store, 0.2)
        await store.rotate(first, TTL_S)
        await asyncio.sleep(0.25)
        assert await outcome_of(store.rotate(first, TTL_S)) == "TokenReused"

    async def test_a_made_up_token_ends_nothing(self, store: TokenStore) -> None:
        token = await login(store)
        assert await outcome_of(store.rotate(token.successor(), TTL_S)) == "UnknownToken"
        assert await outcome_of(store.rotate(RefreshToken.first(), TTL_S)) == "UnknownToken"
        assert await outcome_of(store.rotate(token, TTL_S)) == "rotated"

    async def test_a_token_expires_and_says_nothing_about_theft(self, store: TokenStore) -> None:
        token = await login(store, 0.05)
        await asyncio.sleep(0.1)
        assert await outcome_of(store.rotate(token, TTL_S)) == "UnknownToken"
        assert not await store.is_revoked(token.family)

    async def test_of_exchanges_at_the_same_time_one_succeeds_and_the_login_ends(self, store: TokenStore) -> None:
        token = await login(store)
        outcomes = await asyncio.gather(*(outcome_of(store.rotate(token, TTL_S)) for _ in range(8)))
        assert sorted(outcomes) == sorted(["rotated", "TokenReused", *["UnknownToken"] * 6])
        assert await store.is_revoked(token.family)

    async def test_a_login_that_was_left_is_over(self, store: TokenStore) -> None:
        token = await login(store)
        await store.revoke(token.family)
        await store.revoke(token.family)
        assert await store.is_revoked(token.family)
        assert await store.is_revoked(uuid7(), token.family)
        assert await outcome_of(store.rotate(token, TTL_S)) == "UnknownToken"

    async def test_one_access_token_can_be_revoked(self, store: TokenStore) -> None:
        token, jti = await login(store), uuid7()
        await store.revoke(jti)
        assert await store.is_revoked(jti, token.family)
        assert not await store.is_revoked(uuid7(), token.family)
        assert await outcome_of(store.rotate(token, TTL_S)) == "rotated"

    async def test_a_login_begins_once(self, store: TokenStore) -> None:
        token = await login(store)
        with pytest.raises(FamilyExists):
            await store.put(token.successor(), "thief", TTL_S)
        assert (await store.rotate(token, TTL_S)).subject == "마법사"

    @given(steps=STEPS)
    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    async def test_whatever_is_done_in_whatever_order_only_the_newest_token_of_a_login_is_good(
        self, store: TokenStore, steps: list[tuple[int, int | str]]
    ) -> None:
        logins = [Login(await login(store)), Login(await login(store))]
        for number, act in steps:
            one = logins[number]
            family = one.tokens[0].family
            if isinstance(act, str):
                await store.revoke(family)
                one.over = True
            else:
                age = min(act, len(one.tokens) - 1)
                expected = one.expected(age)
                try:
                    one.tokens.append((await store.rotate(one.tokens[-1 - age], TTL_S)).token)
                    outcome = "rotated"
                except UnknownToken as error:
                    outcome = type(error).__name__
                assert outcome == expected
            assert await store.is_revoked(family) == one.over

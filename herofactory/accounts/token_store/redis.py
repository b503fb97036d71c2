"""Logins in Redis. It forgets what its configuration lets it forget: run it with `appendonly yes` and `noeviction`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from herofactory.accounts.token_store.port import (
    FamilyExists,
    RefreshToken,
    Rotated,
    TokenReused,
    TokensUnavailable,
    UnknownToken,
)
from herofactory.platform.redis import Argument, RedisServer, RedisUnavailable, Script

# A login is one hash: `subject`, `good` (the digest that may be exchanged), and every digest exchanged before.
_PUT = """
if redis.call('HSETNX', KEYS[1], 'subject', ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'good', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
"""
_ROTATE = """
local good = redis.call('HGET', KEYS[1], 'good')
if not good then return {'unknown'} end
if good == ARGV[1] then
    redis.call('HSET', KEYS[1], 'good', ARGV[2], 'taken:' .. ARGV[1], '')
    redis.call('PEXPIRE', KEYS[1], ARGV[3])
    return {'rotated', redis.call('HGET', KEYS[1], 'subject')}
end
if redis.call('HEXISTS', KEYS[1], 'taken:' .. ARGV[1]) == 0 then return {'unknown'} end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[2], '', 'PX', ARGV[4])
return {'reused'}
"""
_REVOKE = """
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[2], '', 'PX', ARGV[1])
"""


class RedisTokenStore:
    """`access_s`: seconds that the longest access token lives, leeway included."""

    def __init__(self, server: RedisServer, access_s: float) -> None:
        self._server = server
        self._access_ms = _ms(access_s)
        self._put, self._rotate, self._revoke = (server.script(lua) for lua in (_PUT, _ROTATE, _REVOKE))

    async def put(self, token: RefreshToken, subject: str, ttl_s: float) -> None:
        if not await self._run(self._put, token.family, subject, token.digest, _ms(ttl_s)):
            raise FamilyExists(f"login {token.family} has begun already")

    async def rotate(self, token: RefreshToken, ttl_s: float) -> Rotated:
        new = token.successor()
        given = (token.digest, new.digest, _ms(ttl_s), self._access_ms)
        outcome, *subject = await self._run(self._rotate, token.family, *given)
        if outcome == b"reused":
            raise TokenReused("the token was exchanged before; its login has ended")
        if outcome != b"rotated":
            raise UnknownToken("the token is unknown or has expired")
        return Rotated(subject[0].decode(), new)

    async def revoke(self, identity: UUID) -> None:
        await self._run(self._revoke, identity, self._access_ms)

    async def is_revoked(self, *identities: UUID) -> bool:
        try:
            return bool(await self._server.call("EXISTS", *map(self._revoked, identities)))
        except RedisUnavailable as error:
            raise TokensUnavailable(str(error)) from error

    async def _run(self, script: Script, identity: UUID, *arguments: Argument) -> Any:
        try:
            return await script([self._family(identity), self._revoked(identity)], *arguments)
        except RedisUnavailable as error:
            raise TokensUnavailable(str(error)) from error

    # In braces, so that a cluster keeps both keys of a login on one node.
    def _family(self, identity: UUID) -> str:
        return self._server.key("login", f"{{{identity}}}")

    def _revoked(self, identity: UUID) -> str:
        return self._server.key("revoked", f"{{{identity}}}")


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))

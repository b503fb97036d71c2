"""The cache in Redis. It bounds itself: a server-wide limit would take keys that are not the cache's."""

from __future__ import annotations

from typing import Any

from herofactory.platform.cache.port import ENTRIES, MAX_VALUE_BYTES, digest
from herofactory.platform.redis import Argument, RedisServer, RedisUnavailable, Script

# KEYS: the entry, and the sorted set of all entries by the time (milliseconds since the epoch) they expire at.
_PUT = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('ZADD', KEYS[2], string.format('%.0f', now + ARGV[2]), KEYS[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now))
local surplus = redis.call('ZCARD', KEYS[2]) - ARGV[3]
if surplus > 0 then
    local gone = redis.call('ZPOPMIN', KEYS[2], surplus)
    for place = 1, #gone, 2 do redis.call('DEL', gone[place]) end
end
"""
_DELETE = """
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], KEYS[1])
"""


class RedisResultCache:
    def __init__(self, server: RedisServer, entries: int = ENTRIES) -> None:
        self._server = server
        self._entries = entries
        self._put, self._delete = server.script(_PUT), server.script(_DELETE)

    async def get(self, key: str) -> bytes | None:
        try:
            found: bytes | None = await self._server.call("GET", self._entry(key))
        except RedisUnavailable:
            return None
        return found

    async def put(self, key: str, value: bytes, ttl_s: float) -> None:
        if len(value) > MAX_VALUE_BYTES:
            return await self.delete(key)
        await self._run(self._put, key, value, max(1, round(ttl_s * 1000)), self._entries)
        return None

    async def delete(self, key: str) -> None:
        await self._run(self._delete, key)

    async def _run(self, script: Script, key: str, *arguments: Argument) -> Any:
        try:
            return await script([self._entry(key), self._server.key("{cache}", "entries")], *arguments)
        except RedisUnavailable:
            return None

    # In braces, so that a cluster keeps the whole cache on one node, as the script needs it.
    def _entry(self, key: str) -> str:
        return self._server.key("{cache}", digest(key).hex())

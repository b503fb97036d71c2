"""Progress in Redis: a key per channel holds the state, one pub/sub channel for all of them says it at once."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from redis.exceptions import RedisError

from herofactory.platform.cancellation import heeding
from herofactory.platform.progress.listening import QUIET_S, ListeningBus, Numbered
from herofactory.platform.progress.port import KEPT_S, Value, checked_channel, encoded
from herofactory.platform.redis import TIMEOUT_S, RedisServer, RedisUnavailable

# KEYS: the channel's hash. ARGV: the pub/sub channel, our channel, the text, milliseconds it is kept.
_PUBLISH = """
local time = redis.call('TIME')
local before = tonumber(redis.call('HGET', KEYS[1], 'number') or 0)
local number = string.format('%.0f', math.max(before + 1, time[1] * 1e6 + time[2]))
redis.call('HSET', KEYS[1], 'number', number, 'text', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('PUBLISH', ARGV[1], ARGV[2] .. ' ' .. number .. ' ' .. ARGV[3])
"""


class RedisProgressBus(ListeningBus):
    def __init__(self, server: RedisServer) -> None:
        super().__init__(server.clock)
        self._server = server
        self._publish = server.script(_PUBLISH)
        self._topic = server.key("progress")

    async def publish(self, channel: str, value: Value) -> None:
        key, text = self._key(checked_channel(channel)), encoded(value)
        with suppress(RedisUnavailable):
            await self._publish([key], self._topic, channel, text, round(KEPT_S * 1000))

    async def _find(self, channel: str) -> Numbered | None:
        number, text = await self._server.call("HMGET", self._key(channel), "number", "text")
        return Numbered(int(number), text.decode()) if number else None

    async def _listen(self) -> None:
        async with self._server.client.pubsub() as listening:
            with heeding():
                async with asyncio.timeout(TIMEOUT_S):
                    await listening.subscribe(self._topic)
            asked = False
            while True:
                with heeding():
                    message = await listening.get_message(timeout=QUIET_S)
                    if message is None and asked:
                        raise TimeoutError("Redis does not answer")
                    asked = message is None
                    await (listening.ping() if message is None else self._take(message))

    async def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "subscribe":
            await self._catch_up_all()
        elif message["type"] == "message":
            self._told(message["data"].decode())

    @property
    def _failures(self) -> tuple[type[Exception], ...]:
        return (RedisUnavailable, RedisError, OSError, TimeoutError)

    def _key(self, channel: str) -> str:
        return self._server.key("progress", channel)

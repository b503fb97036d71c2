"""A Redis server (or one that speaks like it) as the adapters see it: answers in time, or RedisUnavailable at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from herofactory.platform.cancellation import heeding
from herofactory.platform.clock import Clock
from herofactory.platform.rest import Rest

TIMEOUT_S = 1.0
"""Seconds an answer may take; a hundred times what the slowest took (0.4 ms at p99 on loopback)."""
CONNECTIONS = 32
Argument = str | bytes | int | float


class RedisUnavailable(RuntimeError):
    """The server does not answer, or refuses to work (loading, read only, out of memory)."""


class RedisServer:
    """One pool of connections per process. Every key begins with `prefix`. Use it with `async with`.

    A command is never sent twice: whoever takes a token twice takes two. Whether a failed one took effect is unknown.
    After a failure the server is left alone for REST_S.
    """

    def __init__(self, url: str, clock: Clock, *, prefix: str = "hero", name: str = "herofactory") -> None:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=TIMEOUT_S,
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            socket_keepalive=True,
            retry=Retry(NoBackoff(), 0),
            client_name=name,
            # RESP3 brings notices of maintenance, and for their sake redis-py 8 hands out connections that are closed.
            protocol=2,
        )
        self.client: Any = Redis.from_pool(pool)
        self.clock = clock
        self._prefix = prefix
        self._rest = Rest(clock)

    async def __aenter__(self) -> RedisServer:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()

    def key(self, *words: str) -> str:
        return ":".join((self._prefix, *words))

    def script(self, lua: str) -> Script:
        return Script(self, lua)

    async def call(self, *command: Argument) -> Any:
        """The answer to one command. Raises RedisUnavailable."""
        return await self.answer(self.client.execute_command, *command)

    async def answer(self, ask: Any, *arguments: Any) -> Any:
        if self._rest.is_on:
            raise RedisUnavailable("Redis did not answer a moment ago")
        try:
            with heeding():
                async with asyncio.timeout(TIMEOUT_S):
                    asked: Awaitable[Any] = ask(*arguments)
                    return await asked
        except (RedisError, OSError, TimeoutError) as error:
            self._rest.begin()
            raise RedisUnavailable(f"Redis does not answer ({type(error).__name__}: {error})") from error


class Script:
    """Lua that the server runs as one step; sent once, then called by its hash."""

    def __init__(self, server: RedisServer, lua: str) -> None:
        self._server = server
        self._run = server.client.register_script(lua)

    async def __call__(self, keys: Sequence[str], *arguments: Argument) -> Any:
        """Raises RedisUnavailable."""
        return await self._server.answer(self._run, keys, arguments)

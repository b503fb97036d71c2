"""Our own access to the real Redis, apart from other tests, and Redis taken away."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager

from herofactory.platform.clock import SystemClock
from herofactory.platform.redis import RedisServer
from tests.stack.servers.redis import Redis

Outage = Callable[[Redis], AbstractContextManager[None]]


class RestlessClock(SystemClock):
    """Its monotonic hand runs so fast that every rest is over when one looks again; a sleep is short."""

    def __init__(self) -> None:
        self._hand = 0.0

    def monotonic(self) -> float:
        self._hand += 1000.0
        return self._hand

    async def sleep(self, seconds: float) -> None:
        await super().sleep(min(seconds, 0.02))


@asynccontextmanager
async def opened(redis: Redis, prefix: str | None = None) -> AsyncIterator[RedisServer]:
    async with RedisServer(redis.url, RestlessClock(), prefix=prefix or uuid.uuid4().hex) as server:
        yield server


@contextmanager
def hung(redis: Redis) -> Iterator[None]:
    """Connections stay open, nothing is answered."""
    redis.pause()
    try:
        yield
    finally:
        redis.resume()
        redis.wait()


@contextmanager
def killed(redis: Redis) -> Iterator[None]:
    """Connections break, new ones are refused, and what was in memory is gone."""
    redis.kill()
    try:
        yield
    finally:
        redis.start()


def restarted(redis: Redis) -> None:
    with killed(redis):
        pass


OUTAGES: tuple[Outage, ...] = (hung, killed)

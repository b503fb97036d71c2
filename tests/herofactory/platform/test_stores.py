"""Which store each port gets."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from herofactory.platform.clock import SystemClock
from herofactory.platform.postgres.database import Database
from herofactory.platform.rate_limit import RateLimiterUnavailable
from herofactory.platform.settings import Settings
from herofactory.platform.stores import open_stores
from tests.support.platform import free_port

pytestmark = pytest.mark.anyio


async def test_without_redis_postgresql_holds_them(settings: Settings, database: Database) -> None:
    async with open_stores(settings, database, SystemClock(), "test") as stores:
        assert await stores.limiter.take("somebody", 1.0, 1) == 0
        await stores.cache.put("key", b"value", 60.0)
        await stores.progress.publish("channel", {"done": 1})
    assert len(await database.fetch("SELECT FROM rate_limits, result_cache, progress")) == 1


async def test_a_redis_that_is_down_is_no_error_until_it_is_needed(settings: Settings, database: Database) -> None:
    settings = settings.model_copy(update={"redis_url": SecretStr(f"redis://127.0.0.1:{free_port()}/0")})
    async with open_stores(settings, database, SystemClock(), "test") as stores:
        with pytest.raises(RateLimiterUnavailable):
            await stores.limiter.take("somebody", 1.0, 1)
        await stores.cache.put("key", b"value", 60.0)
        assert await stores.cache.get("key") is None
        assert await stores.progress.latest("channel") is None

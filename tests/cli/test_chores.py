"""What is done every minute, whatever the platform runs on."""

from __future__ import annotations

import pytest

from cli.chores import Chores
from herofactory.accounts.token_store import PostgresTokenStore
from herofactory.accounts.token_store.port import RefreshToken
from herofactory.catalog.service import Catalog
from herofactory.platform.cache import PostgresResultCache
from herofactory.platform.clock import SystemClock
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database

pytestmark = pytest.mark.anyio
TABLES = ("rate_limits", "result_cache", "progress", "token_families", "revocations")


async def test_what_has_expired_goes_and_the_rest_stays(database: Database, outbox: Outbox) -> None:
    cache, tokens = PostgresResultCache(database, SystemClock()), PostgresTokenStore(database, 60.0)
    for ttl_s in (0.001, 600.0):
        await cache.put(f"for {ttl_s}", b"found", ttl_s)
        await tokens.put(RefreshToken.first(), "smith", ttl_s)
        await database.fetch_one("SELECT publish_progress(%s, %s, %s)", f"for-{ttl_s}", "{}", ttl_s)
    await tokens.revoke(RefreshToken.first().family)
    await database.fetch("UPDATE revocations SET expires_at = clock_timestamp() RETURNING id")
    await database.fetch_one("SELECT take_token('quick', 1e6, 10)")

    await Chores(database, Catalog(outbox), outbox).sweep_expired()

    counts = {name: len(await database.fetch(f"SELECT FROM {name}")) for name in TABLES}
    assert counts == {"rate_limits": 0, "result_cache": 1, "progress": 1, "token_families": 1, "revocations": 0}

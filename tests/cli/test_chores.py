"""What is done every minute, whatever the platform runs on."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from cli.chores import Chores
from herofactory.accounts.token_store import PostgresTokenStore
from herofactory.accounts.token_store.port import RefreshToken
from herofactory.assets.folder import FolderStore
from herofactory.catalog.service import Catalog
from herofactory.platform.cache import PostgresResultCache
from herofactory.platform.clock import SystemClock
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.studio.prompts.storage import CACHED, REPEATED

pytestmark = pytest.mark.anyio
TABLES = ("rate_limits", "result_cache", "progress", "token_families", "revocations", "prompt_cache", "prompt_results")


async def test_what_has_expired_goes_and_the_rest_stays(database: Database, outbox: Outbox, tmp_path: Path) -> None:
    cache, tokens = PostgresResultCache(database, SystemClock()), PostgresTokenStore(database, 60.0)
    for ttl_s in (0.001, 600.0):
        await cache.put(f"for {ttl_s}", b"found", ttl_s)
        await tokens.put(RefreshToken.first(), "smith", ttl_s)
        age = timedelta(seconds=600 - ttl_s)
        await database.fetch(
            "INSERT INTO prompt_cache (key, result, created_at) VALUES (%s, '{}', now() - %s) RETURNING key",
            f"for {ttl_s}",
            CACHED - timedelta(seconds=300) + age,
        )
        await database.fetch(
            "INSERT INTO prompt_results (event_id, prompt_id, result, decided_at)"
            " VALUES (uuidv7(), uuidv7(), '{}', now() - %s) RETURNING event_id",
            REPEATED - timedelta(seconds=300) + age,
        )
        await database.fetch_one("SELECT publish_progress(%s, %s, %s)", f"for-{ttl_s}", "{}", ttl_s)
    await tokens.revoke(RefreshToken.first().family)
    await database.fetch("UPDATE revocations SET expires_at = clock_timestamp() RETURNING id")
    await database.fetch_one("SELECT take_token('quick', 1e6, 10)")

    await Chores(database, Catalog(outbox), outbox, FolderStore(tmp_path), SystemClock()).sweep_expired()

    counts = {name: len(await database.fetch(f"SELECT FROM {name}")) for name in TABLES}
    kept = dict.fromkeys(("result_cache", "progress", "token_families", "prompt_cache", "prompt_results"), 1)
    assert counts == kept | {"rate_limits": 0, "revocations": 0}

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from herofactory.insights.keeping.keeper import Keeper
from herofactory.insights.keeping.refold import SearchRefold
from herofactory.insights.simulation import forgetting
from herofactory.platform.clock import SystemClock
from herofactory.platform.postgres.database import Database
from herofactory.platform.telemetry.metrics import NoMetrics
from tests.support.looked import Looked

pytestmark = pytest.mark.anyio
_TERMS = "SELECT term, simulated, searches FROM term_buckets ORDER BY term"
ITEM = "00000000-0000-7000-8000-000000000001"


async def terms(database: Database) -> list[tuple[str, bool, int]]:
    return [(row["term"], row["simulated"], row["searches"]) for row in await database.fetch(_TERMS)]


async def forget(database: Database) -> int:
    now = datetime.now(UTC)
    return sum([await forgetting.forget(database, place, now) for place in await forgetting.places(database)])


async def test_simulated_figures_go_and_real_ones_stay_as_they_are(database: Database) -> None:
    await Looked().search("검", [0, 4, 8]).fold(database)
    before = await terms(database)
    await Looked("simulated").search("검", [0, 4], clicked=[ITEM]).search("활", [1]).fold(database)
    async with database.transaction() as transaction:
        await transaction.execute(
            "INSERT INTO missing_terms (simulated, term, form, tokens, kind, first_at, last_at)"
            " SELECT mark, '용', '용', '{}', 'no_results', now(), now() FROM unnest('{true,false}'::boolean[]) AS mark"
        )
    assert len(await terms(database)) > len(before)

    assert await forget(database) > 0
    await Keeper(database, SystemClock(), NoMetrics(), {"search": SearchRefold()}).turn()
    await forgetting.forget_terms(database)
    assert await terms(database) == before
    assert await database.fetch("SELECT FROM item_buckets") == []
    assert len(await database.fetch("SELECT FROM missing_terms")) == 1
    assert await forget(database) == 0

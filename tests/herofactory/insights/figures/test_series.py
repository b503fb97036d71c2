from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from herofactory.insights.figures.scope import Scope
from herofactory.insights.figures.series import searches_of
from herofactory.insights.keeping import days
from herofactory.insights.window import Range
from herofactory.platform.postgres.database import Database
from tests.support.looked import Looked

pytestmark = pytest.mark.anyio
TERMS = ["검", "활"]


async def test_searches_stand_at_their_time_in_short_ranges(database: Database) -> None:
    await Looked().search("검", range(3), ago=timedelta(hours=5, minutes=30)).search("검", [9]).fold(database)
    await Looked("simulated").search("활", range(2)).fold(database)
    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    during = Range(end - timedelta(hours=12), end)
    series = await searches_of(database, Scope(), during, TERMS)
    assert {term: sum(line) for term, line in series.items()} == {"검": 4, "활": 0}
    assert {term: len(line) for term, line in series.items()} == {"검": 24, "활": 24}
    seen = [at for at, searches in enumerate(series["검"]) if searches]
    assert len(seen) == 2
    assert series["검"][seen[0]] == 3
    assert sum((await searches_of(database, Scope(simulated=True), during, TERMS))["활"]) == 2


async def test_long_ranges_have_a_point_a_day(database: Database) -> None:
    now = datetime.now(UTC)
    await Looked("simulated").search("검", range(3), ago=timedelta(days=2)).fold(database)
    async with database.transaction() as transaction:
        await days.merge(transaction, 1, (now - timedelta(days=2)).date())
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for end, place in ((midnight + timedelta(hours=1), -3), (midnight, -2)):
        series = await searches_of(
            database, Scope(simulated=True), Range(end - timedelta(days=7), end), ["검"]
        )  # fmt: skip
        assert len(series["검"]) == 7
        assert (series["검"][place], sum(series["검"])) == (3, 3)


async def test_no_terms_have_no_lines(database: Database) -> None:
    now = datetime.now(UTC)
    assert await searches_of(database, Scope(), Range.of(now - timedelta(days=1), now), []) == {}

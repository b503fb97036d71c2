"""Days that are over say what their minutes say."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from herofactory.insights.traffic import days
from herofactory.insights.traffic.figures import Step, Traffic, traffic
from herofactory.insights.window import Range
from herofactory.platform.postgres.database import Database
from tests.support.traffic_naive import Sent
from tests.support.traffic_way import Way

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = START + timedelta(days=3, hours=5)
SENT = st.lists(
    st.builds(
        Sent,
        st.integers(0, 3 * 24 * 60 - 1).map(lambda minute: 60.0 * minute),
        st.sampled_from(["/a", "/b/{id}"]),
        st.sampled_from(["GET", "POST"]),
        st.sampled_from([200, 304, 404, 500, 503]),
        st.integers(0, 30 * 10**9),
    ),
    max_size=40,
)
RANGES = st.builds(
    lambda one, other: Range(
        START + timedelta(minutes=5 * min(one, other)), START + timedelta(minutes=5 * max(one, other) + 5)
    ),
    st.integers(0, 3 * 288),
    st.integers(0, 3 * 288),
)


async def asked(database: Database, during: Range) -> Traffic:
    return await traffic(database, during, Step.HOUR, NOW)


async def made(database: Database) -> list[object]:
    rows = await database.fetch("SELECT DISTINCT day FROM traffic_days ORDER BY day")
    return [(row["day"] - START.date()).days for row in rows]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=SENT, ranges=st.lists(RANGES, min_size=1, max_size=4))
def test_a_range_of_days_is_answered_as_from_its_minutes(dsn: str, sent: Sequence[Sent], ranges: list[Range]) -> None:
    async def example() -> None:
        async with Database(dsn) as database:
            way = await Way.anew(database)
            await way.take([each.line(START) for each in sent])
            await way.keep()
            minutes = [await asked(database, during) for during in ranges]
            number = await days.make(database, START.date(), NOW)
            assert await made(database) == sorted({int(each.at_s // 86_400) for each in sent})
            assert number == len(await made(database))
            assert [await asked(database, during) for during in ranges] == minutes

    asyncio.run(example())


@pytest.mark.anyio
async def test_a_day_is_given_up_when_one_of_its_hours_changes(database: Database) -> None:
    way = await Way.anew(database)
    await way.take([Sent(60.0, "/a", "GET", 200, 10**6).line(START)])
    await way.keep()
    await days.make(database, START.date(), NOW)
    whole = Range(START, START + timedelta(days=2))
    assert (await asked(database, whole)).total.requests == 1

    await way.take([Sent(7200.0, "/a", "GET", 200, 10**6).line(START)])
    await way.keep()

    assert await made(database) == []
    assert (await asked(database, whole)).total.requests == 2
    assert await days.make(database, START.date(), NOW) == 1
    assert (await asked(database, whole)).total.requests == 2


@pytest.mark.anyio
async def test_a_day_that_is_not_over_is_left_to_its_minutes(database: Database) -> None:
    way = await Way.anew(database)
    await way.take([Sent(60.0, "/a", "GET", 200, 10**6).line(START)])
    await way.keep()
    assert await days.make(database, START.date(), START + timedelta(hours=23)) == 0

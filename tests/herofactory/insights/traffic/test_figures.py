"""Through agent, segments, keeper and table: the figures are those of the raw lines."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from herofactory.insights.traffic.durations import ERROR
from herofactory.insights.traffic.figures import Figures, Step, traffic
from herofactory.insights.window import BadRange, Range
from herofactory.platform.postgres.database import Database
from tests.support.traffic_naive import Naive, Sent
from tests.support.traffic_way import Way

START = datetime(2026, 1, 1, 23, tzinfo=UTC)
RANGE = Range(START, START + timedelta(hours=2))
SENT = st.lists(
    st.builds(
        Sent,
        st.floats(-600, 7800),
        st.sampled_from(["/a", "/b/{id}", "unmatched"]),
        st.sampled_from(["GET", "POST"]),
        st.sampled_from([200, 201, 304, 404, 429, 499, 500, 503]),
        st.integers(10_001, 30 * 10**9),
    ),
    max_size=60,
)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(SENT, st.integers(1, 7), st.integers(0))
def test_every_figure_is_that_of_the_raw_lines(dsn: str, sent: list[Sent], chunk: int, seed: int) -> None:
    """Delivered in any order, some twice, and folded in between."""

    async def example() -> None:
        async with Database(dsn) as database:
            lines = [each.line(START) for each in sent]
            await deliver(await Way.anew(database), lines, chunk, Random(seed))
            await compare(database, lines)

    asyncio.run(example())


async def compare(database: Database, lines: Sequence[bytes]) -> None:
    naive = Naive(lines).between(RANGE.start, RANGE.end)
    now = START + timedelta(minutes=90)
    for step in Step:
        found = await traffic(database, RANGE, step, now)
        check(found.total, naive, 5400)
        for route in found.routes:
            check(route.figures, naive.of(route.route, route.method), 5400)
            assert sum(route.requests) == route.figures.requests
            assert sum(route.errors) == route.figures.errors
        assert sum(route.figures.requests for route in found.routes) == naive.requests
        for index, at in enumerate(found.points):
            within = naive.between(at, at + step.length)
            assert found.requests[index] == within.requests
            assert found.errors[index] == within.answered(500, 599)
            assert_near(found.p95_ms[index], within.percentile_ms(0.95))


async def deliver(way: Way, lines: Sequence[bytes], chunk: int, random: Random) -> None:
    repeated = [*lines, *(line for line in lines if random.random() < 0.3)]
    random.shuffle(repeated)
    for start in range(0, len(repeated), chunk):
        await way.take(repeated[start : start + chunk])
        if random.random() < 0.3:
            await way.keep()
    await way.keep()


def check(figures: Figures, naive: Naive, elapsed_s: float) -> None:
    requests, errors = naive.requests, naive.answered(500, 599)
    assert (figures.requests, figures.errors, figures.refused) == (requests, errors, naive.answered(400, 499))
    assert figures.rate == (requests / elapsed_s if requests else None)
    assert figures.error_rate == (errors / requests if requests else None)
    for found, share in ((figures.p50_ms, 0.5), (figures.p95_ms, 0.95), (figures.p99_ms, 0.99)):
        assert_near(found, naive.percentile_ms(share))


def assert_near(found: float | None, exact: float | None) -> None:
    assert found == (None if exact is None else pytest.approx(exact, rel=ERROR * (1 + 1e-9)))


@pytest.mark.anyio
async def test_where_nothing_was_asked_there_is_nothing_to_say(database: Database) -> None:
    found = await traffic(database, RANGE, Step.HOUR, RANGE.end)
    assert found.total == Figures(0, None, 0, None, 0, None, None, None)
    assert (found.requests, found.errors, found.p95_ms) == ([0, 0], [0, 0], [None, None])
    assert found.routes == []


@pytest.mark.anyio
async def test_lines_of_minutes_are_a_day_long_at_most(database: Database) -> None:
    with pytest.raises(BadRange, match="step=hour"):
        await traffic(database, Range(START, START + timedelta(days=1, minutes=5)), Step.MINUTE, START)


@pytest.mark.anyio
async def test_a_rebuilt_generation_is_the_same_to_the_digit(database: Database) -> None:
    random = Random(5)
    lines = [
        Sent(random.uniform(0, 7200), random.choice("ab"), "GET", 200, random.randrange(10**9)).line(START)
        for _ in range(300)
    ]
    tables = []
    for seed in (1, 2):
        way = await Way.anew(database)
        await deliver(way, lines, 20 * seed, Random(seed))
        tables.append(await database.fetch("SELECT * FROM traffic_buckets ORDER BY minute, route, shard"))
    assert tables[0] == tables[1]
    assert tables[0]

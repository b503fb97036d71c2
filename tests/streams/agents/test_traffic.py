from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from herofactory.insights.keeping import segments
from herofactory.platform.postgres.database import Database
from herofactory.platform.telemetry.access import Access
from tests.support.traffic_way import Way

pytestmark = pytest.mark.anyio
AT = datetime(2026, 1, 1, 10, tzinfo=UTC)


def line(minutes: float = 0, status: int = 200) -> bytes:
    at = (AT + timedelta(minutes=minutes)).timestamp()
    return Access(at, 1_000_000, "GET", "/r", "/r", status).line("1").strip()


async def requests(database: Database) -> list[tuple[str, int, int]]:
    rows = await database.fetch(
        "SELECT minute, status, sum(requests)::integer AS n FROM traffic_buckets GROUP BY 1, 2 ORDER BY 1, 2"
    )
    return [(f"{row['minute'].astimezone(UTC):%H:%M}", row["status"], row["n"]) for row in rows]


async def test_requests_are_counted_by_their_minute(database: Database) -> None:
    way = Way(database)
    await way.take([line(0), line(0.5), line(1, 503), line(61)])
    await way.keep()
    assert await requests(database) == [("10:00", 200, 2), ("10:01", 503, 1), ("11:01", 200, 1)]


async def test_a_line_told_twice_counts_once(database: Database) -> None:
    way, told = Way(database), line()
    await way.take([told, told])
    await way.keep()
    await way.take([told])
    await way.keep()
    assert await requests(database) == [("10:00", 200, 1)]


async def test_a_record_that_lacks_a_field_is_poison_and_costs_no_other(database: Database) -> None:
    way = Way(database)
    broken = json.loads(line())
    del broken["http"]["route"]
    assert await way.take([json.dumps(broken).encode(), line()]) == ["record", "ok"]
    await way.keep()
    assert await requests(database) == [("10:00", 200, 1)]


async def test_a_record_counts_for_a_day_and_no_longer(database: Database) -> None:
    way = Way(database)
    assert await way.take([line()], appended=timedelta(hours=23)) == ["ok"]
    assert await way.take([line()], appended=timedelta(hours=25)) == ["ok"]
    await way.keep()
    assert await requests(database) == [("10:00", 200, 1)]
    assert way.metrics.counters[("hero_traffic_late_total",)] == 1


async def test_a_record_from_the_future_is_poison(database: Database) -> None:
    assert await Way(database).take([line()], appended=timedelta(minutes=-6)) == ["record"]


async def test_many_small_segments_become_one(database: Database) -> None:
    way = Way(database)
    for _ in range(segments.MANY_SEGMENTS * 4):  # of four shards
        await way.take([line() for _ in range(8)])
    await way.keep()
    stored = await database.fetch("SELECT events FROM observations WHERE kind = 'access'")
    assert [len(stored), sum(row["events"] for row in stored)] == [4, segments.MANY_SEGMENTS * 4 * 8]
    assert await requests(database) == [("10:00", 200, segments.MANY_SEGMENTS * 4 * 8)]

"""How well searching works: what is found, clicked, and searched for again in other words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from herofactory.insights.figures.reading import FETCH, count
from herofactory.insights.figures.scope import Scope, snapshot
from herofactory.insights.figures.step import EPOCH, Step
from herofactory.insights.people import number, union
from herofactory.insights.window import Range
from herofactory.platform.postgres.database import Connection, Database, Row


@dataclass(frozen=True, slots=True)
class SearchQuality:
    """Rates and means are None where nothing happened that they could be of."""

    people: int = 0
    searches: int = 0
    """That count: settled, by people, reloads once."""
    no_result_rate: float | None = None
    """Of searches, 0..1; so are the other rates."""
    click_through_rate: float | None = None
    reformulation_rate: float | None = None
    """Searches without a click that were followed by another within minutes."""
    mean_position: float | None = None
    """Of clicked results; 1 is the first."""
    mean_first_click_ms: float | None = None
    clicks: int = 0
    noise: int = 0
    """Searches that somebody typed on from; these and the next two are not in `searches`."""
    reloads: int = 0
    robots: int = 0


@dataclass(frozen=True, slots=True)
class Point:
    start: datetime
    """Of a whole hour or day (UTC); what lies outside the range is not in it."""
    quality: SearchQuality


_SUMS = ", ".join(
    f"coalesce(sum({column}), 0) AS {column}"
    for column in (
        "searches", "empty", "clicked", "clicks", "position_sum", "first_clicks", "first_click_ms_sum", "reformulated",
        "noise", "reloads", "robots",
    )
)  # fmt: skip
_FROM = """FROM quality_buckets WHERE generation = %(generation)s AND simulated = ANY(%(marks)s)
    AND bucket >= %(start)s AND bucket < %(end)s"""
_TOTAL = f"SELECT {_SUMS} {_FROM}"
_PEOPLE = f"SELECT shard, people {_FROM} ORDER BY shard"
_SERIES = f"""SELECT date_bin(%(step)s, bucket, %(epoch)s) AS start, {_SUMS}, string_agg(people, '') AS people
    {_FROM} GROUP BY 1"""


async def search_quality(database: Database, scope: Scope, during: Range) -> SearchQuality:
    async with snapshot(database) as connection:
        cursor = await connection.execute(_TOTAL.encode(), _parameters(scope, during))
        row = await cursor.fetchone()
        assert row is not None  # an aggregate without groups always has one row
        return _quality(row, await _people(connection, scope, during))


async def quality_series(database: Database, scope: Scope, during: Range, step: Step) -> list[Point]:
    """A point for every step that the range touches, in order."""
    parameters = _parameters(scope, during) | {"step": step.length, "epoch": EPOCH}
    points: dict[datetime, SearchQuality] = {}
    async with snapshot(database) as connection, connection.cursor("figures") as cursor:
        cursor.itersize = 100
        await cursor.execute(_SERIES.encode(), parameters, binary=True)
        async for row in cursor:
            points[row["start"]] = _quality(row, count(row["people"]))
    return [Point(start, points.get(start, SearchQuality())) for start in step.starts(during)]


async def _people(connection: Connection, scope: Scope, during: Range) -> int:
    """A person is always in the same shard, so that one shard's people at a time are enough in memory."""
    total, shard, seen, more = 0, None, b"", list[bytes]()
    async with connection.cursor("figures") as cursor:
        cursor.itersize = FETCH
        await cursor.execute(_PEOPLE.encode(), _parameters(scope, during), binary=True)
        async for row in cursor:
            if row["shard"] != shard:
                total += number(b"".join((seen, *more)))
                shard, seen, more = row["shard"], b"", []
            more.append(row["people"])
            if len(more) == FETCH:
                seen, more = union(b"".join((seen, *more))), []
    return total + number(b"".join((seen, *more)))


def _parameters(scope: Scope, during: Range) -> dict[str, Any]:
    return {"generation": scope.generation, "marks": scope.marks, "start": during.start, "end": during.end}


def _quality(row: Row, people: int) -> SearchQuality:
    searches, clicks = int(row["searches"]), int(row["clicks"])
    return SearchQuality(
        people,
        searches,
        no_result_rate=_ratio(row["empty"], searches),
        click_through_rate=_ratio(row["clicked"], searches),
        reformulation_rate=_ratio(row["reformulated"], searches),
        mean_position=_ratio(row["position_sum"], clicks),
        mean_first_click_ms=_ratio(row["first_click_ms_sum"], row["first_clicks"]),
        clicks=clicks,
        noise=int(row["noise"]),
        reloads=int(row["reloads"]),
        robots=int(row["robots"]),
    )


def _ratio(part: Any, whole: Any) -> float | None:
    return float(part) / float(whole) if whole else None

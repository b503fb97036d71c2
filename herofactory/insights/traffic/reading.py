"""What the table has of a range of time, added up in the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from herofactory.insights.generations import FIGURES
from herofactory.insights.traffic.durations import Histogram
from herofactory.insights.window import Range
from herofactory.platform.postgres.database import Database, Row

_WITHIN = f"""generation = {FIGURES.in_use}
    AND minute >= %(start)s AND minute < %(end)s"""
_INDEX = "floor(extract(epoch FROM minute - %(start)s) / %(step)s)::integer"
# `durations` is bucket, count, bucket, count: see durations.py.
_PAIRS = """(SELECT durations[i] AS bucket, durations[i + 1] AS number
    FROM generate_series(1, cardinality(durations), 2) AS i) AS pairs"""
_ROUTES = f"""SELECT method, route, status / 100 AS status_class, bucket, sum(number)::bigint AS number
    FROM traffic_buckets CROSS JOIN LATERAL {_PAIRS} WHERE {_WITHIN} GROUP BY 1, 2, 3, 4"""
_LINES = f"""SELECT method, route, {_INDEX} AS index, sum(requests)::bigint AS requests,
    coalesce(sum(requests) FILTER (WHERE status >= 500), 0)::bigint AS errors
    FROM traffic_buckets WHERE {_WITHIN} GROUP BY 1, 2, 3"""
_DURATIONS = f"""SELECT {_INDEX} AS index, bucket, sum(number)::bigint AS number
    FROM traffic_buckets CROSS JOIN LATERAL {_PAIRS} WHERE {_WITHIN} GROUP BY 1, 2"""


@dataclass(frozen=True, slots=True)
class Tallied:
    method: str
    route: str
    status_class: int
    """2 for 2xx."""
    durations: Histogram


@dataclass(frozen=True, slots=True)
class Line:
    """One point of a route's line."""

    method: str
    route: str
    index: int
    requests: int
    errors: int


@dataclass(frozen=True, slots=True)
class Found:
    routes: Sequence[Tallied]
    lines: Sequence[Line]
    durations: Mapping[int, Histogram]
    """Of all routes, per point."""


async def read(database: Database, range: Range, step: timedelta) -> Found:
    """Of one moment: all of it from one snapshot."""
    within = {"start": range.start, "end": range.end, "step": step.total_seconds()}
    async with database.connection() as connection, connection.transaction():
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        routes = await (await connection.execute(_ROUTES.encode(), within)).fetchall()
        lines = await (await connection.execute(_LINES.encode(), within)).fetchall()
        durations = await (await connection.execute(_DURATIONS.encode(), within)).fetchall()
    return Found(_tallied(routes), [Line(**row) for row in lines], _histograms(durations))


def _tallied(rows: Sequence[Row]) -> Sequence[Tallied]:
    found: defaultdict[tuple[str, str, int], dict[int, int]] = defaultdict(dict)
    for row in rows:
        found[row["method"], row["route"], row["status_class"]][row["bucket"]] = row["number"]
    return [Tallied(*key, histogram) for key, histogram in found.items()]


def _histograms(rows: Sequence[Row]) -> Mapping[int, Histogram]:
    found: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for row in rows:
        found[row["index"]][row["bucket"]] = row["number"]
    return found

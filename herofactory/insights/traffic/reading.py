"""What the table has of a range of time, added up in the database."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta

from herofactory.insights.bucket import BUCKET_S
from herofactory.insights.figures.pieces import Pieces
from herofactory.insights.generations import FIGURES
from herofactory.insights.traffic.durations import Histogram, merged
from herofactory.insights.traffic.found import Found, Line, Tallied
from herofactory.insights.window import Range
from herofactory.platform.postgres.database import Connection, Database, Row

_WITHIN = f"""unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) AS span(start, stop) JOIN traffic_buckets
    ON generation = {FIGURES.in_use} AND minute >= span.start AND minute < span.stop"""
_INDEX = "floor(extract(epoch FROM minute - %(start)s) / %(step)s)::integer"
# `durations` is bucket, count, bucket, count: see durations.py.
_PAIRS = """(SELECT durations[i] AS bucket, durations[i + 1] AS number
    FROM generate_series(1, cardinality(durations), 2) AS i) AS pairs"""
_ROUTES = f"""SELECT method, route, status / 100 AS status_class, bucket, sum(number)::bigint AS number
    FROM {_WITHIN} CROSS JOIN LATERAL {_PAIRS} GROUP BY 1, 2, 3, 4"""
_LINES = f"""SELECT method, route, {_INDEX} AS index, sum(requests)::bigint AS requests,
    coalesce(sum(requests) FILTER (WHERE status >= 500), 0)::bigint AS errors
    FROM {_WITHIN} GROUP BY 1, 2, 3"""
_DURATIONS = f"""SELECT {_INDEX} AS index, bucket, sum(number)::bigint AS number
    FROM {_WITHIN} CROSS JOIN LATERAL {_PAIRS} GROUP BY 1, 2"""
_MADE = f"SELECT DISTINCT day FROM traffic_days WHERE generation = {FIGURES.in_use} AND day BETWEEN %s AND %s"
_DAYS = f"""SELECT day, method, route, status / 100 AS status_class, counts FROM traffic_days
    WHERE generation = {FIGURES.in_use} AND day = ANY(%s)"""


async def read(database: Database, range: Range, step: timedelta) -> Found:
    """Of one moment: all of it from one snapshot. Whole days that are made are read as such, unless by the minute."""
    async with database.connection() as connection, connection.transaction():
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        pieces = await _pieces(connection, range, step)
        around = await _spans(connection, pieces.spans, range, step)
        if not pieces.days:
            return around
        cursor = connection.cursor(binary=True)
        rows = await (await cursor.execute(_DAYS.encode(), (list(pieces.days),))).fetchall()
    # Only who reads a long range pays for numpy.
    from herofactory.insights.traffic.adding import added

    return _joined(await asyncio.to_thread(added, rows, range.start, step), around)


async def _pieces(connection: Connection, range: Range, step: timedelta) -> Pieces:
    every = Pieces.of(range, frozenset()).days
    if not every or step % timedelta(seconds=BUCKET_S):
        return Pieces((), (range,))
    cursor = await connection.execute(_MADE.encode(), (every[0], every[-1]))
    return Pieces.of(range, frozenset(every) - {row["day"] for row in await cursor.fetchall()})


async def _spans(connection: Connection, spans: Sequence[Range], range: Range, step: timedelta) -> Found:
    within = {
        "starts": [span.start for span in spans],
        "ends": [span.end for span in spans],
        "start": range.start,
        "step": step.total_seconds(),
    }
    routes = await (await connection.execute(_ROUTES.encode(), within)).fetchall()
    lines = await (await connection.execute(_LINES.encode(), within)).fetchall()
    durations = await (await connection.execute(_DURATIONS.encode(), within)).fetchall()
    return Found(_tallied(routes), [Line(**row) for row in lines], _histograms(durations))


def _joined(one: Found, other: Found) -> Found:
    indices = {*one.durations, *other.durations}
    return Found(
        [*one.routes, *other.routes],
        [*one.lines, *other.lines],
        {each: merged((one.durations.get(each, {}), other.durations.get(each, {}))) for each in indices},
    )


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

"""Whole days (UTC) of traffic, by five minutes: a long range reads few rows.

They are made of the minutes of a day that is over, and given up as soon as one of its hours is folded again.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from herofactory.insights.bucket import BUCKET_S
from herofactory.insights.generations import FIGURES
from herofactory.insights.keeping.place import Place, moment
from herofactory.platform.postgres.database import Connection, Database

DAY = timedelta(days=1)
# A fold holds it for its day together with others; who makes the day, alone.
_SHARED = "SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 0))"
_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_DELETE = "DELETE FROM traffic_days WHERE generation = %s AND day = %s"
# A look at the index for each day that can be.
_UNMADE = f"""SELECT active.generation, day FROM (SELECT {FIGURES.in_use} AS generation) AS active,
        unnest(%(days)s::date[], %(starts)s::timestamptz[]) AS days(day, start)
    WHERE NOT EXISTS
        (SELECT FROM traffic_days AS made WHERE made.generation = active.generation AND made.day = days.day)
    AND EXISTS (SELECT FROM traffic_buckets AS asked WHERE asked.generation = active.generation
        AND minute >= start AND minute < start + interval '24 hours')"""
_MAKE = f"""INSERT INTO traffic_days (generation, day, route, method, status, counts)
    SELECT %(generation)s::smallint, %(day)s::date, route, method, status,
        string_agg(int2send(slot) || int2send(bucket) || int4send(number), '' ORDER BY slot, bucket)
    FROM (SELECT route, method, status, floor(extract(epoch FROM minute - %(start)s) / {BUCKET_S})::smallint AS slot,
            durations[i]::smallint AS bucket, sum(durations[i + 1])::integer AS number
        FROM traffic_buckets, generate_series(1, cardinality(durations), 2) AS i
        WHERE generation = %(generation)s AND minute >= %(start)s AND minute < %(end)s
        GROUP BY 1, 2, 3, 4, 5) AS counted
    GROUP BY route, method, status"""


async def give_up(transaction: Connection, place: Place) -> None:
    """To be called before an hour of it changes."""
    day = moment(place.hour).date()
    await transaction.execute(_SHARED, (_lock(place.generation, day),))
    await transaction.execute(_DELETE, (place.generation, day))


async def make(database: Database, first: date, now: datetime) -> int:
    """Those of the generation in use that are over and not made, from `first` on; returns how many."""
    over = (now.astimezone(UTC).date() - first).days
    days = [first + n * DAY for n in range(over)]
    async with database.connection() as connection:
        cursor = await connection.execute(_UNMADE.encode(), {"days": days, "starts": [*map(_start, days)]})
        rows = await cursor.fetchall()
    for row in rows:
        await _make(database, row["generation"], row["day"])
    return len(rows)


async def _make(database: Database, generation: int, day: date) -> None:
    start = _start(day)
    async with database.transaction() as transaction:
        await transaction.execute(_ALONE, (_lock(generation, day),))
        await transaction.execute(_DELETE, (generation, day))
        wanted = {"generation": generation, "day": day, "start": start, "end": start + DAY}
        await transaction.execute(_MAKE.encode(), wanted)


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _lock(generation: int, day: date) -> str:
    return f"traffic day {generation} {day}"

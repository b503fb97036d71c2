"""How many people searched for a term, hour by hour or day by day: for sparklines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from herofactory.insights.figures.reading import FETCH, count
from herofactory.insights.figures.scope import Scope, snapshot
from herofactory.insights.figures.step import EPOCH, Step
from herofactory.insights.window import Range
from herofactory.platform.postgres.database import Database

_SERIES = b"""SELECT term, date_bin(%(step)s, bucket, %(epoch)s) AS start, string_agg(people, '') AS people
    FROM term_buckets WHERE generation = %(generation)s AND simulated = ANY(%(marks)s) AND term = ANY(%(terms)s)
    AND bucket >= %(start)s AND bucket < %(end)s GROUP BY 1, 2"""


async def term_series(
    database: Database, scope: Scope, during: Range, terms: Sequence[str], step: Step
) -> dict[str, list[int]]:
    """People per step of `step.starts(during)`, for each of `terms`; 0 where nobody searched for it."""
    starts = step.starts(during)
    places: dict[datetime, int] = {start: place for place, start in enumerate(starts)}
    series = {term: [0] * len(starts) for term in terms}
    parameters = {"step": step.length, "epoch": EPOCH, "generation": scope.generation, "marks": scope.marks}
    parameters |= {"terms": list(terms), "start": during.start, "end": during.end}
    async with snapshot(database) as connection, connection.cursor("series") as cursor:
        cursor.itersize = FETCH
        await cursor.execute(_SERIES, parameters, binary=True)
        async for row in cursor:
            series[row["term"]][places[row["start"]]] = count(row["people"])
    return series

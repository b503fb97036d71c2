"""How often terms were searched for over a range, in equal steps: the line beside a term."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from herofactory.insights.bucket import BUCKET_S
from herofactory.insights.figures.pieces import DAY
from herofactory.insights.figures.scope import Scope
from herofactory.insights.window import Range
from herofactory.platform.postgres.database import Database

POINTS = 24
"""At most so many points within two days; a longer range has one a day (UTC)."""
_BUCKETS = """SELECT term, floor(extract(epoch FROM bucket - %(start)s) / %(step)s)::integer AS point,
    sum(searches)::bigint AS searches FROM term_buckets
    WHERE generation = %(generation)s AND simulated = ANY(%(marks)s) AND term = ANY(%(terms)s)
    AND bucket >= %(start)s AND bucket < %(end)s GROUP BY 1, 2"""
_DAYS = """SELECT term, day - %(start)s::date AS point, sum(searches)::bigint AS searches FROM term_days
    WHERE generation = %(generation)s AND simulated = ANY(%(marks)s) AND term = ANY(%(terms)s)
    AND day >= %(start)s::date AND day < %(end)s GROUP BY 1, 2"""


async def searches_of(
    database: Database, scope: Scope, during: Range, terms: Sequence[str]
) -> Mapping[str, Sequence[int]]:
    """Searches per step of each of `terms`, 0 where it was not searched for. Whole days where a range is long."""
    if not terms:
        return {}
    length = during.end - during.start
    daily = length > 2 * DAY
    step = DAY if daily else max(timedelta(seconds=BUCKET_S), length / POINTS)
    points = -(-length // step)
    last = (during.end - timedelta(microseconds=1)).date()
    wanted = {
        "generation": scope.generation,
        "marks": scope.marks,
        "terms": list(terms),
        "start": last - (points - 1) * DAY if daily else during.start,
        "end": during.end,
        "step": step.total_seconds(),
    }
    found = {term: [0] * points for term in terms}
    async with database.connection() as connection:
        cursor = await connection.execute(_DAYS if daily else _BUCKETS, wanted)
        for row in await cursor.fetchall():
            found[row["term"]][row["point"]] = int(row["searches"])
    return found

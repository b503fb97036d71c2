"""Who looked at one item also looked at which others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from uuid import UUID

from herofactory.insights.figures.scope import Scope
from herofactory.platform.postgres.database import Connection

LOOKED_AT = timedelta(days=30)
CANDIDATES = 60
LEAST_PEOPLE = 3
"""A pair that fewer looked at tells more of them than of the items. People are counted once an hour."""
SHRINKAGE = 5.0
"""People of no opinion, added to everybody: two items seen together once, and never else, are not the same thing."""
_PAIRS = """SELECT other, sum(people)::bigint AS people FROM (
        SELECT b AS other, people FROM pair_buckets
        WHERE generation = %(generation)s AND simulated = ANY(%(marks)s) AND a = %(item)s AND hour >= %(since)s
        UNION ALL SELECT a, people FROM pair_buckets
        WHERE generation = %(generation)s AND simulated = ANY(%(marks)s) AND b = %(item)s AND hour >= %(since)s
    ) AS pairs GROUP BY other HAVING sum(people) >= %(least)s ORDER BY people DESC, other LIMIT %(limit)s"""
# A person-day each; pairs count a person-hour each, which for one visit to an item is the same.
_PEOPLE = """SELECT item_id, sum(octet_length(people) / 8)::bigint AS people FROM item_days
    WHERE generation = %s AND simulated = ANY(%s) AND day = ANY(%s) AND item_id = ANY(%s) GROUP BY item_id"""


@dataclass(frozen=True, slots=True)
class Pair:
    item_id: UUID
    people: int
    """Who looked at both within one visit."""
    cosine: float
    """0 to 1: of those who looked at either, shrunk towards 0 where they are few."""


async def together(connection: Connection, scope: Scope, item_id: UUID, now: datetime) -> list[Pair]:
    """The most looked at together first."""
    since = now - LOOKED_AT
    wanted = {"generation": scope.generation, "marks": scope.marks, "item": item_id, "since": since}
    cursor = await connection.execute(_PAIRS, {**wanted, "least": LEAST_PEOPLE, "limit": CANDIDATES})
    pairs = {row["other"]: int(row["people"]) for row in await cursor.fetchall()}
    if not pairs:
        return []
    days = [(since + timedelta(days=n)).date() for n in range(LOOKED_AT.days + 1)]
    cursor = await connection.execute(_PEOPLE, (scope.generation, scope.marks, days, [item_id, *pairs]))
    people = {row["item_id"]: int(row["people"]) for row in await cursor.fetchall()}
    mine = people.get(item_id, 0)
    found = [Pair(other, both, cosine(both, mine, people.get(other, 0))) for other, both in pairs.items()]
    return sorted(found, key=lambda pair: (-pair.cosine, pair.item_id))


def cosine(both: int, one: int, other: int) -> float:
    """`both` people looked at both items, `one` and `other` at each. At least as many as at both, whatever is said."""
    return both / sqrt((max(one, both) + SHRINKAGE) * (max(other, both) + SHRINKAGE))

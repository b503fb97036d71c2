"""Figures per term and per item over a range: sums, and people counted once however often they came.

Figures of everything there is are added up from the packs of whole days (herofactory/insights/packs/), a part of the
names in memory at a time, and from the buckets around them. Those of some terms are joined by PostgreSQL from their own
rows, people by concatenation, and counted here. It grows with days and with terms (ADR 10 has how much): keep what was
found for some seconds.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from herofactory.insights import people
from herofactory.insights.figures.pieces import Pieces
from herofactory.insights.figures.scope import Scope
from herofactory.insights.packs import reading as packs
from herofactory.insights.packs.kind import ITEM, TERM, Kind
from herofactory.insights.window import Range
from herofactory.platform.postgres.database import Connection, Row

FETCH = 1_000
"""Rows that travel at once."""


@dataclass(frozen=True, slots=True)
class TermFigures:
    term: str
    people: int
    searches: int
    empty: int
    """Searches without a result."""
    empty_people: int
    clicked: int
    """Searches followed by a click."""
    clicks: int


@dataclass(frozen=True, slots=True)
class ItemFigures:
    item_id: UUID
    people: int
    """Who viewed or clicked."""
    views: int
    clicks: int


_WHERE_DAY = "generation = %(generation)s AND simulated = ANY(%(marks)s) AND day = ANY(%(days)s)"
_SPANS = "unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) AS span(start, stop)"
_WHERE_SPAN = (
    "generation = %(generation)s AND simulated = ANY(%(marks)s) AND bucket >= span.start AND bucket < span.stop"
)


def _of_days(table: str, columns: str, only: str = "") -> str:
    return f"SELECT {columns} FROM {table}_days WHERE {_WHERE_DAY} {only}"


def _of_spans(table: str, columns: str, only: str = "") -> str:
    return f"SELECT {columns} FROM {_SPANS}, {table}_buckets WHERE {_WHERE_SPAN} {only}"


_ONLY_TERMS = "AND term = ANY(%(only)s)"
_TERM_COLUMNS = "term, searches, empty, clicked, clicks, people, empty_people"
_TERMS = """SELECT term, count(*) AS parts, sum(searches) AS searches, sum(empty) AS empty, sum(clicked) AS clicked,
    sum(clicks) AS clicks, string_agg(people, '') AS people, string_agg(empty_people, '') AS empty_people
    FROM ({rows}) AS rows GROUP BY term"""
_TERMS_OF_SPANS = _TERMS.format(rows=_of_spans("term", _TERM_COLUMNS))
_SOME_TERMS = _TERMS.format(
    rows=f"{_of_days('term', _TERM_COLUMNS, _ONLY_TERMS)} UNION ALL {_of_spans('term', _TERM_COLUMNS, _ONLY_TERMS)}"
)
_ITEMS_OF_SPANS = f"""SELECT item_id, sum(views) AS views, sum(clicks) AS clicks, string_agg(people, '') AS people
    FROM ({_of_spans("item", "item_id, views, clicks, people")}) AS rows GROUP BY item_id"""
_TYPED = f"{_of_days('term', 'term, forms', _ONLY_TERMS)} UNION ALL {_of_spans('term', 'term, forms', _ONLY_TERMS)}"
_FORMS = f"""SELECT DISTINCT ON (term) term, form FROM (
    SELECT term, form, sum(searches::bigint) AS searches
    FROM ({_TYPED}) AS rows, jsonb_each_text(forms) AS typed(form, searches)
    GROUP BY term, form) AS forms ORDER BY term, searches DESC, form COLLATE "C" """
_STALE = "SELECT day FROM day_work WHERE generation = %s AND day BETWEEN %s AND %s"


async def terms(
    connection: Connection, scope: Scope, during: Range, only: Sequence[str] | None = None
) -> AsyncIterator[TermFigures]:
    """In no order. `connection`: of a `snapshot`. `only`: these terms, where they occur."""
    parameters = await _parameters(connection, scope, during, only)
    if only is None:
        async for term, sums, sets in _all(connection, TERM, _TERMS_OF_SPANS, parameters):
            searches, empty, clicked, clicks = sums
            yield TermFigures(term, sets[0], searches, empty, sets[1], clicked, clicks)
        return
    async for row in _stream(connection, _SOME_TERMS, parameters):
        yield TermFigures(
            row["term"], count(row["people"], row["parts"]), int(row["searches"]), int(row["empty"]),
            count(row["empty_people"]), int(row["clicked"]), int(row["clicks"]),
        )  # fmt: skip


async def items(connection: Connection, scope: Scope, during: Range) -> AsyncIterator[ItemFigures]:
    """In no order. `connection`: of a `snapshot`."""
    parameters = await _parameters(connection, scope, during)
    async for item, (views, clicks), (number,) in _all(connection, ITEM, _ITEMS_OF_SPANS, parameters):
        yield ItemFigures(UUID(item), number, views, clicks)


async def forms(connection: Connection, scope: Scope, during: Range, only: Sequence[str]) -> dict[str, str]:
    """The spelling of each term that was typed most; of equal ones the first by code points."""
    cursor = await connection.execute(_FORMS.encode(), await _parameters(connection, scope, during, only))
    return {row["term"]: row["form"] for row in await cursor.fetchall()}


def count(joined: bytes, parts: int = 2) -> int:
    """Distinct people in `parts` joined sets; one set alone holds nobody twice."""
    return len(joined) // 8 if parts == 1 else people.number(joined)


async def _all(
    connection: Connection, kind: Kind, of_spans: str, parameters: dict[str, Any]
) -> AsyncIterator[tuple[str, Sequence[int], Sequence[int]]]:
    """Name, sums and people of everything there is."""
    around = [row async for row in _stream(connection, of_spans, parameters)] if parameters["starts"] else []
    if parameters["days"]:
        async for total in packs.totals(connection, kind, parameters, around):
            yield total
        return
    for row in around:
        yield str(row[kind.key]), [int(row[name]) for name in kind.sums], [count(row[name]) for name in kind.sets]


async def _parameters(
    connection: Connection, scope: Scope, during: Range, only: Sequence[str] | None = None
) -> dict[str, Any]:
    pieces = Pieces.of(during, await _stale(connection, scope, during))
    return {
        "generation": scope.generation,
        "marks": scope.marks,
        "days": list(pieces.days),
        "starts": [span.start for span in pieces.spans],
        "ends": [span.end for span in pieces.spans],
        "only": list(only or ()),
    }


async def _stale(connection: Connection, scope: Scope, during: Range) -> frozenset[date]:
    """Days that are to be merged anew: their buckets are right, their merged rows not yet."""
    cursor = await connection.execute(_STALE, (scope.generation, during.start.date(), during.end.date()))
    return frozenset(row["day"] for row in await cursor.fetchall())


async def _stream(connection: Connection, query: str, parameters: dict[str, Any]) -> AsyncIterator[Row]:
    async with connection.cursor("figures") as cursor:
        cursor.itersize = FETCH
        # Binary: sets of people as they are, not as twice as many hexadecimal digits.
        await cursor.execute(query.encode(), parameters, binary=True)
        async for row in cursor:
            yield row

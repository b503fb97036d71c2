"""What suddenly more people search for than the hour, the weekday and the traffic would let expect (ADR 11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from herofactory.insights.figures import reading
from herofactory.insights.figures.baseline import SEASONS, Baseline, Season
from herofactory.insights.figures.reading import count
from herofactory.insights.figures.scope import PUBLIC_PEOPLE, Scope, snapshot
from herofactory.insights.window import LONGEST, Range, Window
from herofactory.platform.postgres.database import Connection, Database

SUPPORT = PUBLIC_PEOPLE
"""People that a trend takes at least. Not fewer than may be shown to everybody."""
RATIO = 2.0
"""Times what was expected."""
SCORE = 4.0
"""One in 30,000 by chance: some hundred terms are judged at any time, and again and again."""
CANDIDATES = 500
"""Terms judged: those with the most people. Bounds the history that is read."""
_DAY = timedelta(days=1)
_OTHER_CELLS = 14
"""History of a range that is no window."""


@dataclass(frozen=True, slots=True)
class Trend:
    rank: int
    term: str
    form: str
    """The commonest spelling: what to show."""
    now: int
    """People in the window."""
    expected: float
    """People that would have been ordinary."""
    score: float
    """Standard deviations between the two."""


Cells = Mapping[int, int]
"""Cells back to people; 0 is the window itself. See `baseline`."""


def trends(people: Mapping[str, Cells], traffic: Sequence[float], season: Season) -> list[Trend]:
    """Pure: the trending terms among `people`, the most abnormal first, shown as themselves.

    `traffic`: searches per cell, cell 0 first. Empty while there is too little history to judge by.
    """
    baseline = Baseline(traffic, season)
    if not baseline.known:
        return []
    judged = [(term, baseline.judge(cells)) for term, cells in people.items() if cells.get(0, 0) >= SUPPORT]
    abnormal = [(term, j) for term, j in judged if j.score >= SCORE and j.now >= RATIO * j.expected]
    abnormal.sort(key=lambda pair: (-pair[1].score, pair[0]))
    return [Trend(n, term, term, j.now, j.expected, j.score) for n, (term, j) in enumerate(abnormal, 1)]


async def trending(database: Database, scope: Scope, window: Window, now: datetime, *, limit: int = 10) -> list[Trend]:
    """Trending in the window that ends with the bucket of `now`. Safe to show to everybody."""
    return await trending_in(database, scope, Range.last(window, now), limit=limit)


async def trending_in(database: Database, scope: Scope, during: Range, *, limit: int = 10) -> list[Trend]:
    """Trending in any range, next to those as long before it. Safe to show to everybody."""
    season = season_of(during)
    async with snapshot(database) as connection:
        current = [f async for f in reading.terms(connection, scope, during) if f.people >= SUPPORT]
        current.sort(key=lambda figures: (-figures.people, figures.term))
        candidates = {figures.term: figures.people for figures in current[:CANDIDATES]}
        if not candidates:
            return []
        traffic = await _traffic(connection, scope, during, season)
        read = _cells if season.cell <= _DAY else _long_cells
        found = trends(await read(connection, scope, during, season, candidates), traffic, season)[:limit]
        shown = await reading.forms(connection, scope, during, [trend.term for trend in found])
    return [Trend(t.rank, t.term, shown.get(t.term, t.term), t.now, t.expected, t.score) for t in found]


def season_of(during: Range) -> Season:
    """A window's own; of any other length there is no season, and as much history as is kept with 90 days at most."""
    length = during.end - during.start
    for window, season in SEASONS.items():
        if window.length == length:
            return season
    return Season(length, max(1, min(_OTHER_CELLS, LONGEST // length)), period=1, long=1, least=1)


# A bucket that ends with the range lies 1..300 s before it, in cell 0.
_CELL = "(extract(epoch FROM %(end)s - bucket)::bigint - 1) / %(cell_s)s"
_WHERE = """generation = %(generation)s AND simulated = ANY(%(marks)s)
    AND bucket >= %(start)s AND bucket < %(end)s"""
_TRAFFIC = f"SELECT {_CELL} AS cell, sum(searches) AS searches FROM quality_buckets WHERE {_WHERE} GROUP BY 1"
_PEOPLE = f"""SELECT term, {_CELL} AS cell, count(*) AS parts, string_agg(people, '') AS people FROM term_buckets
    WHERE term = ANY(%(terms)s) AND {_WHERE} GROUP BY 1, 2"""


async def _traffic(connection: Connection, scope: Scope, during: Range, season: Season) -> list[float]:
    cursor = await connection.execute(_TRAFFIC.encode(), _parameters(scope, during, season))
    cells = {row["cell"]: float(row["searches"]) for row in await cursor.fetchall()}
    return [cells.get(cell, 0.0) for cell in range(max(cells, default=0) + 1)]


async def _cells(
    connection: Connection, scope: Scope, during: Range, season: Season, now: Mapping[str, int]
) -> dict[str, dict[int, int]]:
    """`now`: the terms, with their people in `during`."""
    found: dict[str, dict[int, int]] = {}
    parameters = _parameters(scope, during, season) | {"terms": list(now)}
    async with connection.cursor("history") as cursor:
        cursor.itersize = reading.FETCH
        await cursor.execute(_PEOPLE.encode(), parameters, binary=True)
        async for row in cursor:
            found.setdefault(row["term"], {})[row["cell"]] = count(row["people"], row["parts"])
    return found


async def _long_cells(
    connection: Connection, scope: Scope, during: Range, season: Season, now: Mapping[str, int]
) -> dict[str, dict[int, int]]:
    """The same by whole days, where a cell is made of many."""
    found = {term: {0: people} for term, people in now.items()}
    for cell in range(1, season.cells + 1):
        during = during.previous
        async for figures in reading.terms(connection, scope, during, list(now)):
            found[figures.term][cell] = figures.people
    return found


def _parameters(scope: Scope, during: Range, season: Season) -> dict[str, Any]:
    return {
        "generation": scope.generation,
        "marks": scope.marks,
        "start": during.end - season.cell * (season.cells + 1),
        "end": during.end,
        "cell_s": int(season.cell.total_seconds()),
    }

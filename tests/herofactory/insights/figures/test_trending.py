"""Trends read from the tables; whether they are the right ones is test_trending_simulated's business."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from herofactory.insights.bucket import HOUR_S, Fold, QualityBucket, TermBucket
from herofactory.insights.figures.scope import Scope, active_scope
from herofactory.insights.figures.trending import Trend, trending
from herofactory.insights.keeping import days, hours
from herofactory.insights.keeping.place import Place
from herofactory.insights.people import NOBODY
from herofactory.insights.window import Range, Window
from herofactory.platform.postgres.database import Database

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 6, 20, 11, 58, tzinfo=UTC)
HOURS = 24 * 16


def _term(bucket: int, term: str, people: Iterable[int], simulated: bool) -> TermBucket:
    who = frozenset(people)
    return TermBucket(simulated, bucket, term, {term: 1, term + "을": 3}, len(who), 0, 0, 0, who, NOBODY)


def _quality(bucket: int, searches: int, simulated: bool) -> QualityBucket:
    return QualityBucket(simulated, bucket, searches, 0, 0, 0, 0, 0, 0.0, 0, 0, 0, 0, NOBODY)


def _history(simulated: bool = False) -> Iterator[tuple[int, Fold]]:
    """Hour after hour the same eight search for 검; in the last one, some also for 용, among them those of 검."""
    end = int(Range.last(Window.HOUR, NOW).end.timestamp())
    for number in range(HOURS):
        start = end - HOUR_S * (number + 1)
        terms = [_term(start + 300 * half, "검", range(8), simulated) for half in (0, 6)]
        if number == 0:
            terms += [_term(start + 300 * n, "용", range(n, n + 8), simulated) for n in (2, 3)]
        yield start, Fold(terms=tuple(terms), quality=(_quality(start, 400, simulated),))


async def _store(database: Database, *, simulated: bool = False) -> None:
    async with database.transaction() as transaction:
        for start, fold in _history(simulated):
            await hours.replace(transaction, Place(1, "search", start, 0), fold)
        for number in range(HOURS // 24 + 1):
            await days.merge(transaction, 1, NOW.date() - timedelta(days=number))


async def _shown(database: Database, scope: Scope, window: Window = Window.HOUR) -> list[Trend]:
    return await trending(database, scope, window, NOW)


async def test_a_trend_says_why_and_is_shown_as_it_is_written_most(database: Database) -> None:
    await _store(database)
    [trend] = await _shown(database, await active_scope(database))
    assert (trend.rank, trend.term, trend.form, trend.now) == (1, "용", "용을", 9)
    assert trend.expected < 0.5
    assert trend.score > 4


@pytest.mark.parametrize("window", [Window.DAY, Window.WEEK])
async def test_longer_windows_answer_too(database: Database, window: Window) -> None:
    await _store(database)
    assert [trend.term for trend in await _shown(database, Scope(), window)] == ["용"]


async def test_too_little_history_for_a_month_shows_nothing(database: Database) -> None:
    await _store(database)
    assert await _shown(database, Scope(), Window.MONTH) == []


async def test_simulated_traffic_trends_only_where_it_is_asked_for(database: Database) -> None:
    await _store(database, simulated=True)
    assert await _shown(database, Scope()) == []
    assert [trend.term for trend in await _shown(database, Scope(simulated=True))] == ["용"]


async def test_an_empty_store_has_no_trends(database: Database) -> None:
    assert await _shown(database, Scope()) == []

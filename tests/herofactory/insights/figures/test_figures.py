"""Every figure against counting by hand, over ranges with ragged edges and days that are not merged yet."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings

from herofactory.insights.figures.popular import Change, popular_items, popular_terms
from herofactory.insights.figures.quality import SearchQuality, quality_series, search_quality
from herofactory.insights.figures.reading import TermFigures, terms
from herofactory.insights.figures.scope import Scope, snapshot
from herofactory.insights.figures.step import Step
from herofactory.insights.window import Range
from herofactory.platform.postgres.database import Database
from tests.herofactory.insights.figures.facts import FACTS, ITEMS, ORIGIN, RANGES, STALE, TERMS, Fact, store, within

# The database is emptied for nobody: each example has a generation of its own.
on_few_examples = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
generations = count(2)
Check = Callable[[Database, Scope], Awaitable[None]]


def stored(dsn: str, facts: Sequence[Fact], stale: set[int], check: Check) -> None:
    """Runs `check` twice: for real figures, and with the simulated ones."""

    async def run() -> None:
        generation = next(generations) % 30_000
        async with Database(dsn, size=1, checked=False) as database:
            await store(database, generation, facts, stale)
            for simulated in (False, True):
                await check(database, Scope(generation, simulated))

    asyncio.run(run())


def ranking(facts: Sequence[Fact], least: int = 1) -> list[tuple[str, int, int]]:
    rows = []
    for term in TERMS:
        own = [fact for fact in facts if fact.term == term]
        people = len({fact.person for fact in own})
        if people >= least:
            rows.append((term, people, len(own)))
    return sorted(rows, key=lambda row: (-row[1], -row[2], row[0]))


@on_few_examples
@given(facts=FACTS, stale=STALE, during=RANGES)
@pytest.mark.parametrize("public", [False, True])
def test_popular_terms_are_those_of_most_people(
    dsn: str, public: bool, facts: list[Fact], stale: set[int], during: Range
) -> None:
    least = 5 if public else 1

    async def check(database: Database, scope: Scope) -> None:
        found = await popular_terms(database, scope, during, public=public)
        own = within(facts, during, scope.simulated)
        wanted = ranking(own, least)
        before = [term for term, _, _ in ranking(within(facts, during.previous, scope.simulated), least)]
        assert [(row.term, row.people, row.searches) for row in found] == wanted
        for rank, row in enumerate(found, 1):
            forms = Counter(fact.form for fact in own if fact.term == row.term)
            assert row.rank == rank
            assert row.previous_rank == (before.index(row.term) + 1 if row.term in before else None)
            assert row.form == min(forms, key=lambda form: (-forms[form], form))

    stored(dsn, facts, stale, check)


@on_few_examples
@given(facts=FACTS, stale=STALE, during=RANGES)
def test_all_figures_of_a_term_are_read(dsn: str, facts: list[Fact], stale: set[int], during: Range) -> None:
    async def check(database: Database, scope: Scope) -> None:
        async with snapshot(database) as connection:
            read = [figures async for figures in terms(connection, scope, during, TERMS[:2])]
        for term in TERMS[:2]:
            own = [fact for fact in within(facts, during, scope.simulated) if fact.term == term]
            empty = [fact for fact in own if fact.empty]
            clicks = [fact.clicks for fact in own if fact.clicks]
            wanted = TermFigures(
                term,
                len({fact.person for fact in own}),
                len(own),
                len(empty),
                len({fact.person for fact in empty}),
                len(clicks),
                sum(clicks),
            )
            assert [figures for figures in read if figures.term == term] == ([wanted] if own else [])
        assert {figures.term for figures in read} <= set(TERMS[:2])

    stored(dsn, facts, stale, check)


@on_few_examples
@given(facts=FACTS, stale=STALE, during=RANGES)
def test_packs_of_days_say_of_all_terms_what_their_rows_say(
    dsn: str, facts: list[Fact], stale: set[int], during: Range
) -> None:
    async def check(database: Database, scope: Scope) -> None:
        async with snapshot(database) as connection:
            packed = [figures async for figures in terms(connection, scope, during)]
            rows = [figures async for figures in terms(connection, scope, during, TERMS)]
        assert sorted(packed, key=lambda each: each.term) == sorted(rows, key=lambda each: each.term)

    stored(dsn, facts, stale, check)


@on_few_examples
@given(facts=FACTS, stale=STALE, during=RANGES)
def test_popular_items_are_those_that_most_people_looked_at(
    dsn: str, facts: list[Fact], stale: set[int], during: Range
) -> None:
    async def check(database: Database, scope: Scope) -> None:
        wanted = []
        for item in ITEMS:
            own = [fact for fact in within(facts, during, scope.simulated) if fact.item == item]
            views, clicks = sum(fact.views for fact in own), sum(fact.clicks for fact in own)
            if own:
                wanted.append((-len({fact.person for fact in own}), -views - clicks, item, views, clicks))
        found = await popular_items(database, scope, during)
        assert [(-row.people, -row.hits, row.item_id, row.views, row.clicks) for row in found] == sorted(wanted)

    stored(dsn, facts, stale, check)


def test_a_range_whose_predecessor_is_partly_forgotten_is_not_compared(dsn: str) -> None:
    fact = Fact(int(ORIGIN.timestamp()), False, 1, "검", "검", False, 1, ITEMS[0], 1, False)

    async def check(database: Database, scope: Scope) -> None:
        for days, change in ((47, Change.NEW), (48, None)):
            during = Range(ORIGIN, ORIGIN + timedelta(days=days))
            [term] = await popular_terms(database, scope, during, public=False)
            [item] = await popular_items(database, scope, during)
            assert (term.previous_rank, term.change, item.previous_rank, item.change) == (None, change, None, change)

    stored(dsn, [fact], set(), check)


def by_hand(facts: Sequence[Fact]) -> SearchQuality:
    searches = len(facts)
    clicked = sum(fact.clicks > 0 for fact in facts)
    return SearchQuality(
        people=len({fact.person for fact in facts}),
        searches=searches,
        no_result_rate=sum(fact.empty for fact in facts) / searches if searches else None,
        click_through_rate=clicked / searches if searches else None,
        reformulation_rate=sum(fact.reformulated for fact in facts) / searches if searches else None,
        mean_position=2.0 if clicked else None,
        mean_first_click_ms=1_500.0 if clicked else None,
        clicks=sum(fact.clicks for fact in facts),
        noise=searches,
        reloads=2 * searches,
        robots=3 * searches,
    )


@on_few_examples
@given(facts=FACTS, during=RANGES)
def test_search_quality_is_what_counting_by_hand_says(dsn: str, facts: list[Fact], during: Range) -> None:
    async def check(database: Database, scope: Scope) -> None:
        own = within(facts, during, scope.simulated)
        assert await search_quality(database, scope, during) == by_hand(own)
        for step in Step:
            points = await quality_series(database, scope, during, step)
            starts = [point.start for point in points]
            assert starts[0] <= during.start < starts[0] + step.length
            assert starts[-1] < during.end <= starts[-1] + step.length
            for point in points:
                span = Range(point.start, point.start + step.length)
                assert point.quality == by_hand(within(own, span, True))

    stored(dsn, facts, set(), check)


def test_nothing_searched_for_gives_none_never_zero_per_cent() -> None:
    assert SearchQuality().no_result_rate is None
    assert SearchQuality().mean_position is None


def test_an_arrow_says_where_a_rank_came_from() -> None:
    assert [Change.between(previous, 2) for previous in (None, 3, 1, 2)] == ["new", "up", "down", "same"]

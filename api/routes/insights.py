"""What people look for, find, miss and look at. In public only what at least five people did."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import Query, Response

from api.auth import Moderator
from api.insights_view import Include, Kept, Viewed
from api.models.insights import (
    Missing,
    MissingOut,
    Popular,
    PopularItemOut,
    PopularItems,
    PopularOut,
    Trending,
    TrendOut,
)
from api.models.insights_generations import GenerationsOut
from api.models.insights_rates import Quality, QualityOut, QualityPoint, TrafficOut
from api.paging import LIMIT_DEFAULT, Limit
from api.period import Asked, Period
from api.problem import Problem
from api.routes import api_router, may_answer
from api.services import Wired
from herofactory.catalog import repository, text
from herofactory.insights.figures import reading
from herofactory.insights.figures.popular import popular_items, popular_terms
from herofactory.insights.figures.quality import quality_series, search_quality
from herofactory.insights.figures.scope import PUBLIC_PEOPLE, Scope, snapshot
from herofactory.insights.figures.series import searches_of
from herofactory.insights.figures.step import Step
from herofactory.insights.figures.trending import trending_in
from herofactory.insights.jobs.figures import jobs
from herofactory.insights.missing import naming, states
from herofactory.insights.missing.listing import missing_terms
from herofactory.insights.missing.states import State, UnknownTerm
from herofactory.insights.traffic.figures import Step as TrafficStep
from herofactory.insights.traffic.figures import traffic

router = api_router("insights")
_TERM_MAX = 200
_SPARE_ITEMS = 50
"""Popular items looked at beyond `limit`: some may not be listed any more."""
_HOURS_LONGEST = timedelta(days=2)
_MINUTES_LONGEST = timedelta(hours=3)
"""A day of minutes, for every route, would be megabytes."""


@router.get("/insights/searches/popular", response_model=Popular, responses=may_answer("FORBIDDEN"))
async def popular(period: Asked, view: Viewed, services: Wired, limit: Limit = LIMIT_DEFAULT) -> Popular:
    """What most people searched for, and how its rank changed."""

    async def make(scope: Scope) -> Popular:
        found = await popular_terms(services.database, scope, period.range, limit=limit, public=not view.raw)
        series = await searches_of(services.database, scope, period.range, [each.term for each in found])
        items = [PopularOut.of(each, series[each.term]) for each in found]
        return Popular(items=items, **await view.envelope(period, scope))

    return await view.answer("popular", period, make, limit)


@router.get("/insights/searches/trending", response_model=Trending, responses=may_answer("FORBIDDEN"))
async def trending(period: Asked, view: Viewed, services: Wired, limit: Limit = LIMIT_DEFAULT) -> Trending:
    """What suddenly more people search for than hour, weekday and traffic let expect; `now`, `expected`, `score` say
    why. Empty while there is too little history to tell."""

    async def make(scope: Scope) -> Trending:
        found = await trending_in(services.database, scope, period.range, limit=limit)
        terms = [each.term for each in found]
        async with snapshot(services.database) as connection:
            searches = {
                each.term: each.searches async for each in reading.terms(connection, scope, period.range, terms)
            }
        series = await searches_of(services.database, scope, period.range, terms)
        items = [TrendOut.of(each, searches.get(each.term, 0), series[each.term]) for each in found]
        return Trending(items=items, **await view.envelope(period, scope))

    return await view.answer("trending", period, make, limit)


@router.get(
    "/insights/searches/missing", response_model=Missing, responses=may_answer("FORBIDDEN", "SEARCH_UNAVAILABLE")
)
async def missing(
    period: Asked,
    view: Viewed,
    services: Wired,
    limit: Limit = LIMIT_DEFAULT,
    state: Annotated[Literal["open", "answered", "dismissed", "all"], Query()] = "open",
) -> Missing:
    """What people search for in vain: nothing is found, or nothing that anybody clicks."""

    async def make(scope: Scope) -> Missing:
        found = await missing_terms(
            services.database,
            scope,
            period.range,
            limit=limit,
            public=not view.raw,
            state=None if state == "all" else State(state),
            reader=services.search,
        )
        series = await searches_of(services.database, scope, period.range, [each.term for each in found])
        items = [MissingOut.of(rank, each, series[each.term]) for rank, each in enumerate(found, 1)]
        return Missing(items=items, **await view.envelope(period, scope))

    return await view.answer("missing", period, make, limit, state)


_MANAGED = may_answer("TOKEN_REQUIRED", "FORBIDDEN", "NOT_FOUND")


@router.post("/insights/searches/missing/{term:path}/dismiss", status_code=204, responses=_MANAGED)
async def dismiss(term: str, caller: Moderator, services: Wired, kept: Kept, include: Include = None) -> Response:
    """Nobody is told of this missing term any more. `term` or `key` from the list; once more changes nothing."""
    simulated = include == "simulated"
    async with services.database.transaction() as transaction:
        try:
            name = await naming.named(transaction, _term(term), simulated=simulated)
            await states.dismiss(transaction, name, caller.subject, services.clock.now(), simulated=simulated)
        except UnknownTerm as error:
            raise Problem("NOT_FOUND", str(error)) from error
    kept.forget()
    return Response(status_code=204)


@router.post("/insights/searches/missing/{term:path}/reopen", status_code=204, responses=_MANAGED)
async def reopen(term: str, _caller: Moderator, services: Wired, kept: Kept, include: Include = None) -> Response:
    """Dismissed or answered, it is open again."""
    simulated = include == "simulated"
    async with services.database.transaction() as transaction:
        try:
            name = await naming.named(transaction, _term(term), simulated=simulated)
            await states.reopen(transaction, name, simulated=simulated)
        except UnknownTerm as error:
            raise Problem("NOT_FOUND", str(error)) from error
    kept.forget()
    return Response(status_code=204)


def _term(given: str) -> str:
    return " ".join(text.paragraph("term", given, longest=_TERM_MAX).split())


@router.get("/insights/searches/quality", response_model=Quality, responses=may_answer("FORBIDDEN"))
async def quality(period: Asked, view: Viewed, services: Wired) -> Quality:
    """How well searching works: by the hour for two days at most, else by the day (UTC)."""

    async def make(scope: Scope) -> Quality:
        step = _step(period)
        whole = QualityOut.of(await search_quality(services.database, scope, period.range), raw=view.raw)
        series = await quality_series(services.database, scope, period.range, step)
        points = [QualityPoint.at(point, raw=view.raw) for point in series]
        return Quality(step=step, points=points, **whole.model_dump(), **await view.envelope(period, scope))

    return await view.answer("quality", period, make)


@router.get("/insights/generations", response_model=GenerationsOut, responses=may_answer("FORBIDDEN"))
async def generations(period: Asked, view: Viewed, services: Wired) -> GenerationsOut:
    """What was asked of the studio, what became of it and how long it took: by the hour for two days at most, else by
    the day (UTC)."""

    async def make(scope: Scope) -> GenerationsOut:
        found = await jobs(services.database, period.range, _step(period))
        envelope = await view.envelope(period, scope)
        return GenerationsOut.model_validate({**GenerationsOut.parts_of(found, raw=view.raw), **envelope})

    return await view.answer("generations", period, make)


def _step(period: Period) -> Step:
    return Step.HOUR if period.range.end - period.range.start <= _HOURS_LONGEST else Step.DAY


@router.get("/insights/items/popular", response_model=PopularItems, responses=may_answer("FORBIDDEN"))
async def items_popular(period: Asked, view: Viewed, services: Wired, limit: Limit = LIMIT_DEFAULT) -> PopularItems:
    """What most people looked at."""

    async def make(scope: Scope) -> PopularItems:
        least = 1 if view.raw else PUBLIC_PEOPLE
        found = await popular_items(services.database, scope, period.range, limit=limit + _SPARE_ITEMS)
        async with services.database.connection() as connection:
            listed = await repository.approved(connection, [each.item_id for each in found])
        shown = [(each, listed[each.item_id]) for each in found if each.people >= least and each.item_id in listed]
        items = [
            PopularItemOut.of(
                item, rank=each.rank, previous_rank=each.previous_rank, change=each.change, people=each.people,
                views=each.views, clicks=each.clicks,
            )
            for each, item in shown[:limit]
        ]  # fmt: skip
        return PopularItems(items=items, **await view.envelope(period, scope))

    return await view.answer("items", period, make, limit)


@router.get("/insights/traffic", response_model=TrafficOut, responses=may_answer("TOKEN_REQUIRED", "FORBIDDEN"))
async def traffic_of_routes(_caller: Moderator, period: Asked, view: Viewed, services: Wired) -> TrafficOut:
    """Requests, errors and durations per route, from the access log; by the minute for three hours at most."""
    step = TrafficStep.MINUTE if period.range.end - period.range.start <= _MINUTES_LONGEST else TrafficStep.HOUR
    found = await traffic(services.database, period.range, step, services.clock.now())
    return TrafficOut.model_validate({**TrafficOut.parts_of(found), **await view.envelope(period, await view.scope())})

"""Searching. The index finds and orders; the database says what may be shown, and how it is now."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from anyio import to_thread
from fastapi import Depends, Query, Response

from api.models.search import ClickIn, FacetsOut, Found, Results, Suggestions, highlights
from api.observe import query_id as query_ids
from api.observe.seen import Searched
from api.observe.visitor import Watched
from api.paging import LIMIT_DEFAULT, CursorText, Limit
from api.problem import invalid
from api.routes import api_router, may_answer
from api.services import Services, Wired
from herofactory.catalog import repository, text
from herofactory.catalog.categories import Category
from herofactory.catalog.item import PRICE_MAX
from herofactory.catalog.service import ItemNotFound
from herofactory.platform.ids import uuid7
from herofactory.search.page import Hit, SearchPage
from herofactory.search.query import SearchQuery, Sort

router = api_router("search")
QUERY_MAX = 200
SUGGESTIONS_MAX = 20
_Tags = Annotated[list[str], Query(alias="tag", max_length=text.TAGS_MAX, description="Items with all of these tags")]
_PriceFilter = Annotated[int | None, Query(ge=0, le=PRICE_MAX)]


class Asked:
    """What was asked for, checked. Raises InvalidField and Problem."""

    def __init__(
        self,
        q: Annotated[str, Query(description=f"At most {QUERY_MAX} characters; empty: everything, newest first")] = "",
        category: Category | None = None,
        tag: _Tags = [],  # noqa: B006  (the framework copies it)
        min_price: _PriceFilter = None,
        max_price: _PriceFilter = None,
        sort: Sort = Sort.RELEVANCE,
    ) -> None:
        if min_price is not None and max_price is not None and min_price > max_price:
            raise invalid("min_price", f"{min_price} is above max_price {max_price}")
        self.text = checked_query(q)
        self.filters: dict[str, Any] = {
            "category": category,
            "tags": text.tags("tag", tag),
            "min_price": min_price,
            "max_price": max_price,
            "sort": sort,
        }

    @property
    def identity(self) -> dict[str, Any]:
        """What a cursor is bound to."""
        return {"list": "search by page", "q": self.text, **self.filters}

    def query(self, limit: int, offset: int) -> SearchQuery:
        return SearchQuery(text=self.text, limit=limit, offset=offset, **self.filters)


class _Place(NamedTuple):
    """Where a page begins, as its cursor says it."""

    offset: int = 0
    page: int = 1
    query_id: str = ""
    """Of the first page; empty on it."""


def checked_query(q: str) -> str:
    """NFC, white space single. Raises InvalidField."""
    return " ".join(text.paragraph("q", q, longest=QUERY_MAX).split())


@router.get("/search", response_model=Results, responses=may_answer("INVALID_CURSOR", "SEARCH_UNAVAILABLE"))
async def search(
    asked: Annotated[Asked, Depends(Asked)],
    visitor: Watched,
    services: Wired,
    limit: Limit = LIMIT_DEFAULT,
    cursor: CursorText = None,
) -> Results:
    """Search in Korean and English: names, tags, categories and descriptions."""
    place = _Place(*services.cursors.open(cursor, asked.identity)) if cursor else _Place()
    query = asked.query(limit, place.offset)
    page = await _run(services, query)
    items = await _shown(services, page.hits)
    query_id = UUID(place.query_id) if place.query_id else uuid7()
    following = None
    if page.next_offset is not None:
        following = services.cursors.seal((page.next_offset, place.page + 1, str(query_id)), asked.identity)
    seen = Searched(query_id, place.page, query, page.total, [each.id for each in items], page.corrected_to)
    services.observer.searched(visitor, seen)
    return Results(
        query_id=query_id,
        total=page.total,
        items=items,
        facets=FacetsOut.of(page.facets),
        suggestions=list(page.suggestions),
        corrected_to=page.corrected_to,
        next_cursor=following,
    )


@router.post("/search/{query_id}/clicks", status_code=204, responses=may_answer("INVALID_JSON", "NOT_FOUND"))
async def click(query_id: str, clicked: ClickIn, visitor: Watched, services: Wired) -> Response:
    """Tell that a result of a search was opened; it helps what is good to be found. To tell it twice changes nothing.

    Counts as a read for the rate limit. Within 24 hours of the search; sent with the search's `session`.
    """
    now = services.clock.now()
    searched = query_ids.checked(query_id, now)
    async with services.database.connection() as connection:
        item = (await repository.approved(connection, [clicked.item_id])).get(clicked.item_id)
    if item is None:
        raise ItemNotFound(f"there is no item {clicked.item_id}")
    after_ms = clicked.after_ms
    if after_ms is None:
        after_ms = max(0, int((now - query_ids.time_of(searched)).total_seconds() * 1000))
    services.observer.clicked(visitor, searched, item, clicked.position, after_ms)
    return Response(status_code=204)


@router.get("/search/suggest", response_model=Suggestions, responses=may_answer("SEARCH_UNAVAILABLE"))
async def suggest(
    services: Wired, q: Annotated[str, Query()] = "", limit: Annotated[int, Query(ge=1, le=SUGGESTIONS_MAX)] = 10
) -> Suggestions:
    """How what is being typed may go on; half-typed syllables and initial consonants count."""
    prefix = checked_query(q)
    if not prefix:
        return Suggestions(items=[])
    found = await to_thread.run_sync(services.search.suggest, prefix, limit, limiter=services.search_threads)
    return Suggestions(items=list(found))


async def _run(services: Services, query: SearchQuery) -> SearchPage:
    """Off the event loop: an engine's milliseconds would be everybody's."""
    started = time.perf_counter()
    page = await to_thread.run_sync(services.search.search, query, limiter=services.search_threads)
    services.metrics.observe("hero_search_seconds", time.perf_counter() - started)
    services.metrics.count("hero_search_queries_total", result="found" if page.total else "empty")
    return page


async def _shown(services: Services, hits: Sequence[Hit]) -> list[Found]:
    """The index runs behind the database a little: what is not approved any more is left out here."""
    if not hits:
        return []
    async with services.database.connection() as connection:
        items = await repository.approved(connection, [UUID(hit.document.id) for hit in hits])
    listed = ((items.get(UUID(hit.document.id)), hit) for hit in hits)
    return [Found.of(item, highlights=highlights(hit)) for item, hit in listed if item]

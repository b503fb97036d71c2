"""Searching. The index finds and orders; the database says what may be shown, and how it is now."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from anyio import to_thread
from fastapi import Depends, Query

from api.models.search import FacetsOut, Found, Results, Suggestions, highlights
from api.paging import LIMIT_DEFAULT, CursorText, Limit
from api.problem import invalid
from api.routes import api_router, may_answer
from api.services import Services, Wired
from herofactory.catalog import repository, text
from herofactory.catalog.categories import Category
from herofactory.catalog.item import PRICE_MAX
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
        session: Annotated[
            str | None, Query(max_length=64, description="Ties the searches of one visit together")
        ] = None,
    ) -> None:
        if min_price is not None and max_price is not None and min_price > max_price:
            raise invalid("min_price", f"{min_price} is above max_price {max_price}")
        self.text = checked_query(q)
        self.session = session
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
        return {"list": "search", "q": self.text, **self.filters}

    def query(self, limit: int, offset: int) -> SearchQuery:
        return SearchQuery(text=self.text, limit=limit, offset=offset, **self.filters)


def checked_query(q: str) -> str:
    """NFC, white space single. Raises InvalidField."""
    return " ".join(text.paragraph("q", q, longest=QUERY_MAX).split())


@router.get("/search", response_model=Results, responses=may_answer("INVALID_CURSOR", "SEARCH_UNAVAILABLE"))
async def search(
    asked: Annotated[Asked, Depends(Asked)], services: Wired, limit: Limit = LIMIT_DEFAULT, cursor: CursorText = None
) -> Results:
    """Search in Korean and English: names, tags, categories and descriptions."""
    offset = int(services.cursors.open(cursor, asked.identity)) if cursor else 0
    page = await _run(services, asked.query(limit, offset))
    following = services.cursors.seal(page.next_offset, asked.identity) if page.next_offset is not None else None
    return Results(
        query_id=uuid7(),
        total=page.total,
        items=await _shown(services, page.hits),
        facets=FacetsOut.of(page.facets),
        suggestions=list(page.suggestions),
        corrected_to=page.corrected_to,
        next_cursor=following,
    )


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

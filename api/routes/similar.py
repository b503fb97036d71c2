"""Items like an item."""

from __future__ import annotations

from uuid import UUID

from api.insights_view import Include
from api.models.insights import SimilarItems, SimilarOut
from api.paging import LIMIT_DEFAULT, Limit
from api.routes import api_router, may_answer
from api.services import Wired
from herofactory.catalog import repository
from herofactory.catalog.service import ItemNotFound
from herofactory.insights.figures.scope import active_scope
from herofactory.insights.similar.similar import MAX_SIMILAR, similar_items

router = api_router("items")


@router.get(
    "/items/{item_id}/similar", response_model=SimilarItems, responses=may_answer("NOT_FOUND", "SEARCH_UNAVAILABLE")
)
async def similar(
    item_id: UUID, services: Wired, limit: Limit = LIMIT_DEFAULT, include: Include = None
) -> SimilarItems:
    """Looked at together, alike in words, alike in looks; at most 50."""
    scope = await active_scope(services.database, simulated=include == "simulated")
    now, most = services.clock.now(), min(limit, MAX_SIMILAR)
    found = await similar_items(services.database, services.search, scope, item_id, now, limit=most)
    if found is None:
        raise ItemNotFound(f"there is no item {item_id}")
    async with services.database.connection() as connection:
        items = await repository.approved(connection, [each.item_id for each in found])
    shown = [
        SimilarOut.of(items[each.item_id], score=each.score, why=list(each.why))
        for each in found
        if each.item_id in items
    ]
    return SimilarItems(items=shown, simulated=scope.simulated)

"""Items: create, change, delete, read."""

from __future__ import annotations

import json
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from fastapi.responses import JSONResponse

from api.auth import Somebody
from api.idempotent import OnceOnly
from api.models.item import ItemIn, ItemOut, ItemPatch, Items, StatusOut
from api.observe.query_id import is_recent
from api.observe.visitor import Watched
from api.paging import Paged
from api.routes import API, api_router, may_answer
from api.services import Services, Wired
from herofactory.accounts.principal import Principal
from herofactory.catalog import repository
from herofactory.catalog.item import Item
from herofactory.catalog.service import ItemNotFound
from herofactory.platform.idempotency import Answer
from herofactory.platform.postgres.database import Connection

router = api_router("items")
CameFrom = Annotated[UUID | None, Query(description="`query_id` of the search that led here")]


@router.post(
    "/items",
    status_code=201,
    response_model=ItemOut,
    responses=may_answer(
        "INVALID_JSON", "TOKEN_REQUIRED", "IDEMPOTENCY_KEY_REUSED", "PAYLOAD_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"
    ),
)
async def create_item(item: ItemIn, caller: Somebody, once: OnceOnly, services: Wired) -> JSONResponse:
    """Put up an item. It is `pending` until moderation has judged it, and is found once it is approved."""

    async def effect(transaction: Connection) -> Answer:
        created = await services.catalog.create(transaction, caller.subject, item.content())
        return Answer(201, ItemOut.of(created).model_dump(mode="json"))

    response = await once.run(item.model_dump(mode="json", exclude_unset=True), effect)
    response.headers["location"] = f"{API}/items/{json.loads(bytes(response.body))['id']}"
    return response


@router.get("/items", response_model=Items, responses=may_answer("TOKEN_REQUIRED", "INVALID_CURSOR"))
@router.get("/items/mine", response_model=Items, responses=may_answer("TOKEN_REQUIRED", "INVALID_CURSOR"))
async def own_items(caller: Somebody, paging: Paged, services: Wired) -> Items:
    """Your own items in any state, newest first."""
    before = paging.position(list="mine", of=caller.subject)
    async with services.database.connection() as connection:
        items = await repository.of_seller(connection, caller.subject, before=before, limit=paging.limit + 1)
    return paging.page(items, list="mine", of=caller.subject)


@router.get("/items/{item_id}", response_model=ItemOut, responses=may_answer("NOT_FOUND"))
async def read_item(item_id: UUID, visitor: Watched, services: Wired, query_id: CameFrom = None) -> ItemOut:
    """An item. While it is not approved only its seller and moderators can see it."""
    item = await _visible(services, item_id, visitor.principal)
    recent = query_id if query_id and is_recent(query_id, services.clock.now()) else None
    services.observer.viewed(visitor, item, recent)
    return ItemOut.of(item)


@router.get("/items/{item_id}/status", response_model=StatusOut, responses=may_answer("TOKEN_REQUIRED", "NOT_FOUND"))
async def item_status(item_id: UUID, caller: Somebody, services: Wired) -> StatusOut:
    """What moderation said of an own item, and why."""
    item = await _visible(services, item_id, caller)
    if not _is_theirs(item, caller):
        raise ItemNotFound(f"you have no item {item_id}")
    return StatusOut.of(item)


@router.patch(
    "/items/{item_id}",
    response_model=ItemOut,
    responses=may_answer("INVALID_JSON", "TOKEN_REQUIRED", "NOT_FOUND", "PAYLOAD_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"),
)
async def change_item(item_id: UUID, patch: ItemPatch, caller: Somebody, services: Wired) -> ItemOut:
    """Change some fields of an own item. All but the price send it back to moderation."""
    async with services.database.transaction() as transaction:
        item = await services.catalog.change(transaction, caller.subject, item_id, patch.fields())
    return ItemOut.of(item)


@router.delete("/items/{item_id}", status_code=204, responses=may_answer("TOKEN_REQUIRED", "NOT_FOUND"))
async def delete_item(item_id: UUID, caller: Somebody, services: Wired) -> Response:
    """Take an own item away, from the search as well."""
    async with services.database.transaction() as transaction:
        await services.catalog.delete(transaction, caller.subject, item_id)
    return Response(status_code=204)


async def _visible(services: Services, item_id: UUID, caller: Principal | None) -> Item:
    async with services.database.connection() as connection:
        item = await repository.get(connection, item_id)
    if item is None or not (item.status == "approved" or _is_theirs(item, caller)):
        raise ItemNotFound(f"there is no item {item_id}")
    return item


def _is_theirs(item: Item, caller: Principal | None) -> bool:
    return caller is not None and (caller.may_moderate or caller.subject == item.seller_id)

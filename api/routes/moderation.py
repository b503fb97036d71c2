"""What waits for a person, and what the person decides."""

from __future__ import annotations

from uuid import UUID

from fastapi.responses import JSONResponse
from pydantic import BaseModel

from api.auth import Moderator
from api.idempotent import OnceOnly
from api.models.item import DecisionIn, ItemOut, StatusOut
from api.paging import Paged
from api.routes import api_router, may_answer
from api.services import Wired
from herofactory.catalog import repository
from herofactory.platform.idempotency import Answer
from herofactory.platform.postgres.database import Connection

router = api_router("moderation")


class Waiting(ItemOut):
    verdict: StatusOut


class Queue(BaseModel):
    items: list[Waiting]
    next_cursor: str | None


@router.get(
    "/moderation/queue", response_model=Queue, responses=may_answer("TOKEN_REQUIRED", "FORBIDDEN", "INVALID_CURSOR")
)
async def queue(_caller: Moderator, paging: Paged, services: Wired) -> Queue:
    """Items in `review`, oldest first, each with what the automatic moderation said."""
    after = paging.position(list="queue")
    async with services.database.connection() as connection:
        items = await repository.for_review(connection, after=after, limit=paging.limit + 1)
    page = paging.page(items, list="queue")
    shown = items[: paging.limit]
    return Queue(items=[Waiting.of(item, verdict=StatusOut.of(item)) for item in shown], next_cursor=page.next_cursor)


@router.post(
    "/moderation/{item_id}/decision",
    response_model=ItemOut,
    responses=may_answer(
        "INVALID_JSON",
        "TOKEN_REQUIRED",
        "FORBIDDEN",
        "NOT_FOUND",
        "STALE_REVISION",
        "IDEMPOTENCY_KEY_REUSED",
        "UNSUPPORTED_MEDIA_TYPE",
    ),
)
async def decide(
    item_id: UUID, decision: DecisionIn, caller: Moderator, once: OnceOnly, services: Wired
) -> JSONResponse:
    """Approve or reject an item in any state. Beats every automatic verdict on the same content."""

    async def effect(transaction: Connection) -> Answer:
        item = await services.decisions.decide(
            transaction,
            caller.subject,
            item_id,
            decision.decision,
            reason=decision.reason,
            content_revision=decision.content_revision,
        )
        return Answer(200, ItemOut.of(item).model_dump(mode="json"))

    return await once.run(decision.model_dump(mode="json"), effect)

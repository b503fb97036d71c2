"""Prompts: from a wish in Korean or English to what an image model is told."""

from __future__ import annotations

import json
from typing import Annotated
from uuid import UUID

from fastapi import Query
from fastapi.responses import JSONResponse

from api.auth import Somebody
from api.idempotent import OnceOnly
from api.models.prompt import PromptAccepted, PromptIn, PromptOut, SimilarPrompt, SimilarPromptsOut
from api.problem import Problem
from api.routes import API, api_router, may_answer
from api.services import Services, Wired
from herofactory.platform.idempotency import Answer
from herofactory.platform.postgres.database import Connection
from herofactory.studio.prompts.prompt import Prompt, PromptNotFound

router = api_router("prompts")
RETRY_AFTER_S = 1


@router.post(
    "/prompts",
    status_code=202,
    response_model=PromptAccepted,
    responses=may_answer(
        "INVALID_JSON", "TOKEN_REQUIRED", "IDEMPOTENCY_KEY_REUSED", "PAYLOAD_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"
    ),
)
async def request_prompt(wish: PromptIn, caller: Somebody, once: OnceOnly, services: Wired) -> JSONResponse:
    """Have a prompt made of a wish. It is `working` until it is read as `done` or `failed`, mostly within a second."""

    async def effect(transaction: Connection) -> Answer:
        prompt = await services.prompts.request(
            transaction, caller.subject, wish.text, sketch_id=wish.sketch_id, preset=wish.preset
        )
        return Answer(202, PromptAccepted(id=prompt.id).model_dump(mode="json"))

    response = await once.run(wish.model_dump(mode="json", exclude_unset=True), effect)
    response.headers["location"] = f"{API}/prompts/{json.loads(bytes(response.body))['id']}"
    return response


@router.get(
    "/prompts/{prompt_id}",
    response_model=PromptOut,
    responses={
        **may_answer("TOKEN_REQUIRED", "NOT_FOUND"),
        202: {"model": PromptOut, "description": "Still worked on; read it again after `Retry-After` seconds"},
    },
)
async def read_prompt(prompt_id: UUID, caller: Somebody, services: Wired) -> JSONResponse:
    """An own prompt: 202 while it is worked on, 200 once it is done or has failed."""
    prompt = await _own(services, caller.subject, prompt_id)
    body = PromptOut.of(prompt).model_dump(mode="json")
    if prompt.state == "working":
        return JSONResponse(body, 202, {"retry-after": str(RETRY_AFTER_S)})
    return JSONResponse(body)


@router.get(
    "/prompts/{prompt_id}/similar",
    response_model=SimilarPromptsOut,
    responses=may_answer("TOKEN_REQUIRED", "NOT_FOUND"),
)
async def similar_prompts(
    prompt_id: UUID,
    caller: Somebody,
    services: Wired,
    limit: Annotated[int, Query(ge=1, le=50, description="Most prompts to answer")] = 10,
) -> SimilarPromptsOut:
    """Your own earlier prompts that are about the same; none while this one is worked on or where it failed."""
    prompt = await _own(services, caller.subject, prompt_id)
    found = await services.similar_prompts.like(prompt, limit)
    return SimilarPromptsOut(
        prompts=[SimilarPrompt.of(each) for each in found], compared_by=await services.similar_prompts.comparison()
    )


async def _own(services: Services, owner_id: str, prompt_id: UUID) -> Prompt:
    async with services.database.connection() as connection:
        try:
            return await services.prompts.read(connection, owner_id, prompt_id)
        except PromptNotFound as error:
            raise Problem("NOT_FOUND", str(error)) from error

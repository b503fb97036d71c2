"""Replays: asked for here, planned and carried out by the worker."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request
from fastapi.responses import JSONResponse

from api.auth import Admin
from api.idempotent import OnceOnly
from api.models.replay import ReplayIn, ReplayList, ReplayOut, TargetName
from api.problem import Problem, invalid
from api.routes import API, api_router, may_answer
from api.services import Services, Wired
from herofactory.platform.idempotency import Answer
from herofactory.platform.postgres.database import Connection
from herofactory.platform.replay.replay import Replay

router = api_router("replays")
Asked = Literal["run", "stop", "verify", "swap", "rollback", "clean"]
Force = Annotated[bool, Query(description="`swap` also where it is not verified, or behind")]


@router.post(
    "/replays",
    status_code=202,
    response_model=ReplayOut,
    responses=may_answer(
        "INVALID_JSON",
        "TOKEN_REQUIRED",
        "FORBIDDEN",
        "REPLAY_REFUSED",
        "IDEMPOTENCY_KEY_REUSED",
        "UNSUPPORTED_MEDIA_TYPE",
    ),
)
async def plan(request: Request, asked: ReplayIn, _caller: Admin, once: OnceOnly, services: Wired) -> JSONResponse:
    """Have a replay planned. It comes to `planned`, or to `refused` with the cause; `run` is a step of its own."""
    targets: Sequence[str] = request.app.state.replay_targets
    if targets and asked.target not in targets:
        raise invalid("target", f"there is no replay target {asked.target!r}; there are: {', '.join(targets)}")

    async def effect(transaction: Connection) -> Answer:
        replay = await services.replays.request(transaction, asked.target, asked.asked())
        return Answer(202, ReplayOut.of(replay).model_dump(mode="json"))

    response = await once.run(asked.asked(), effect)
    response.headers["location"] = f"{API}/replays/{json.loads(bytes(response.body))['id']}"
    return response


@router.get("/replays", response_model=ReplayList, responses=may_answer("TOKEN_REQUIRED", "FORBIDDEN"))
async def replays(
    _caller: Admin,
    services: Wired,
    target: Annotated[TargetName | None, Query(description="Only of this one")] = None,
    ended: Annotated[bool, Query(description="Those that are cleaned, too")] = False,
) -> ReplayList:
    """Newest first."""
    async with services.database.connection() as connection:
        found = await services.replays.list(connection, target, ended=ended)
    return ReplayList(items=[ReplayOut.brief(each) for each in found], next_cursor=None)


@router.get(
    "/replays/{replay_id}", response_model=ReplayOut, responses=may_answer("TOKEN_REQUIRED", "FORBIDDEN", "NOT_FOUND")
)
async def replay(replay_id: UUID, _caller: Admin, services: Wired) -> ReplayOut:
    """With its plan, and all that the last comparison found."""
    async with services.database.connection() as connection:
        return ReplayOut.of(await _found(services, connection, replay_id))


@router.post(
    "/replays/{replay_id}/{step}",
    status_code=202,
    response_model=ReplayOut,
    responses=may_answer("TOKEN_REQUIRED", "FORBIDDEN", "NOT_FOUND", "REPLAY_REFUSED", "IDEMPOTENCY_KEY_REUSED"),
)
async def take(
    replay_id: UUID, step: Asked, _caller: Admin, once: OnceOnly, services: Wired, force: Force = False
) -> JSONResponse:
    """Ask for a step; the worker takes it. What became of it says the replay's `state` once `wanted` is null again."""

    async def effect(transaction: Connection) -> Answer:
        await _found(services, transaction, replay_id)
        after = await services.replays.want(transaction, replay_id, step, forced=force)
        return Answer(202, ReplayOut.brief(after).model_dump(mode="json"))

    return await once.run({"step": step, "force": force}, effect)


async def _found(services: Services, connection: Connection, replay_id: UUID) -> Replay:
    try:
        return await services.replays.get(connection, replay_id)
    except LookupError as error:
        raise Problem("NOT_FOUND", str(error)) from error

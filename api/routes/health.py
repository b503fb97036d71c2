"""Whether it lives, and whether it serves."""

from __future__ import annotations

from typing import Literal

import psycopg
from fastapi import APIRouter
from fastapi.responses import JSONResponse
from psycopg_pool import PoolTimeout
from pydantic import BaseModel

from api import platform_state as state
from api.services import Services, Wired
from herofactory.platform.parts import Part, named

router = APIRouter(tags=["operation"])


class Live(BaseModel):
    status: Literal["live"] = "live"


class Ready(BaseModel):
    status: Literal["ready", "degraded", "starting", "loading"]
    missing: list[str] | None = None
    reasons: list[str] | None = None
    done: int | None = None
    total: int | None = None


@router.get("/health/live", response_model=Live)
async def live() -> Live:
    """200 for as long as this process answers at all."""
    return Live()


@router.get("/health/ready", response_model=Ready, response_model_exclude_none=True, responses={503: {"model": Ready}})
async def ready(services: Wired) -> JSONResponse:
    """200 `ready`, or `degraded` with reasons, once all parts serve; before that 503 `starting` or `loading`."""
    answer = await assess(services)
    status = 200 if answer.status in ("ready", "degraded") else 503
    headers = {} if status == 200 else {"retry-after": "1"}
    return JSONResponse(answer.model_dump(exclude_none=True), status, headers)


async def assess(services: Services) -> Ready:
    try:
        return await _assess(services)
    except (psycopg.Error, PoolTimeout):
        return Ready(status="starting", missing=["database"])


async def _assess(services: Services) -> Ready:
    parts = await state.parts(services)
    found = await state.searchable_or_none(services)
    missing = state.missing_parts(services.settings.stack, parts)
    silent = [] if await state.log_answers(services) else ["log"]
    silent += ["search"] if found is None else []
    if services.settings.stack == "embedded":
        # Ours are there once their part has started. Servers may be down, and the edge goes on with what it can do.
        missing, silent = [*missing, *silent], []
    if missing:
        return Ready(status="starting", missing=missing)
    loading = await state.loading(services, found or 0)
    if loading and not loading.failure:
        return Ready(status="loading", done=loading.done, total=loading.total)
    reasons = [*(f"{name} does not answer" for name in silent), *_ailing(parts), *services.waiting.reasons]
    if "log" not in silent:
        reasons += _dead_letters(await state.agents(services, parts))
    reasons += await state.failing_expectations(services)
    if loading:
        reasons.append(f"the sample catalogue could not be loaded: {loading.failure}")
    return Ready(status="degraded", reasons=reasons) if reasons else Ready(status="ready")


def _ailing(parts: list[Part]) -> list[str]:
    """An instance that is only beginning is no trouble: another one of that name serves, or it would be missing."""
    fine = state.RUNNING | state.NOT_YET
    reasons = [f"{name} is {part.state}" for name, part in named(parts).items() if part.state not in fine]
    for name, agent in state.agents_told(parts).items():
        if agent.get("state", "running") != "running":
            reasons.append(f"agent {name} is {agent['state']}: {agent.get('cause') or 'no cause given'}")
    return reasons


def _dead_letters(agents: dict[str, state.AgentState]) -> list[str]:
    return [f"agent {name} has {each.dead_letters} dead letters" for name, each in agents.items() if each.dead_letters]

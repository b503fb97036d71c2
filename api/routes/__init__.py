"""Routes, one file per domain."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter

from api.auth import documented
from api.problem import Code, problems
from api.strict_route import StrictRoute

API = "/api/v1"
# What any route under API may answer.
EVERYWHERE: tuple[Code, ...] = ("INVALID_TOKEN", "VALIDATION_FAILED", "RATE_LIMITED", "INTERNAL_ERROR", "UNAVAILABLE")


def api_router(tag: str) -> APIRouter:
    return APIRouter(
        prefix=API, tags=[tag], route_class=StrictRoute, dependencies=[documented], responses=problems(*EVERYWHERE)
    )


def may_answer(*codes: Code) -> dict[int | str, dict[str, object]]:
    """The problems of a route in the documentation, those of every route included."""
    listed: Sequence[Code] = tuple(dict.fromkeys((*codes, *EVERYWHERE)))
    return problems(*listed)

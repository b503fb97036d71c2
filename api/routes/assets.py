"""Images as they are served: those of approved items to everybody, others to their owner and moderators."""

from __future__ import annotations

from uuid import UUID

from anyio import to_thread
from fastapi import Response
from starlette.requests import Request

from api.auth import Anybody
from api.problem import Problem
from api.routes import api_router, may_answer
from api.services import Services, Wired
from herofactory.accounts.principal import Principal
from herofactory.assets import repository
from herofactory.assets.repository import Asset
from herofactory.platform.telemetry.logging import get_logger

router = api_router("images")
_log = get_logger("api.assets")
# An item may be rejected or deleted at any time; a cache may show its image that much longer.
PUBLIC_MAX_AGE_S = 60


@router.get(
    "/assets/{asset_id}",
    response_class=Response,
    responses={
        **may_answer("NOT_FOUND"),
        200: {"description": "The image", "content": {"image/png": {}}},
        304: {"description": "What If-None-Match names is still right"},
    },
)
async def asset(asset_id: UUID, request: Request, caller: Anybody, services: Wired) -> Response:
    """An image of an approved item, or any image with its owner's or a moderator's token."""
    found, listed = await _find(services, asset_id, caller)
    etag = f'"{found.sha256}"'
    headers = {
        "etag": etag,
        "cache-control": f"public, max-age={PUBLIC_MAX_AGE_S}" if listed else "private, no-store",
        "vary": "authorization",
        "content-disposition": "inline",
    }
    if _names(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    try:
        data = await to_thread.run_sync(services.assets.read, found.sha256)
    except FileNotFoundError as error:
        _log.error("the bytes of an image are gone", asset=str(asset_id), sha256=found.sha256)
        raise _nothing(asset_id) from error
    return Response(data, headers=headers, media_type=found.media_type)


async def _find(services: Services, asset_id: UUID, caller: Principal | None) -> tuple[Asset, bool]:
    """The image, and whether everybody may see it. Raises Problem NOT_FOUND for one that the caller may not see."""
    async with services.database.connection() as connection:
        found = await repository.get(connection, asset_id)
        listed = found is not None and await repository.is_listed(connection, asset_id)
    theirs = caller is not None and found is not None and (caller.may_moderate or caller.subject == found.owner_id)
    if found is None or not (listed or theirs):
        raise _nothing(asset_id)
    return found, listed


def _names(if_none_match: str, etag: str) -> bool:
    named = [each.strip().removeprefix("W/") for each in if_none_match.split(",")]
    return etag in named or named == ["*"]


def _nothing(asset_id: UUID) -> Problem:
    return Problem("NOT_FOUND", f"there is no image {asset_id}")

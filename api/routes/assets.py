"""Images as they are served: those of approved items to everybody, others to their owner and moderators.

Either of the two may pass on a link that is good for some minutes, whoever holds it.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from anyio import to_thread
from fastapi import Query, Response
from pydantic import BaseModel, Field
from starlette.requests import Request

from api.auth import Anybody, Somebody
from api.etag import is_held
from api.models.item import Moment
from api.problem import Problem
from api.routes import API, api_router, may_answer
from api.services import Services, Wired
from herofactory.accounts.principal import Principal
from herofactory.assets import repository
from herofactory.assets.links import SIGNATURE_CHARS, Link
from herofactory.assets.repository import Asset
from herofactory.platform.telemetry.logging import get_logger

router = api_router("images")
_log = get_logger("api.assets")
# An item may be rejected or deleted at any time; a cache may show its image that much longer.
PUBLIC_MAX_AGE_S = 60
# Far beyond any date that is told; a larger number would be none.
Expires = Annotated[int | None, Query(ge=0, le=10**10, description="From /assets/{id}/link: seconds since 1970")]
Signature = Annotated[str | None, Query(max_length=SIGNATURE_CHARS, description="From /assets/{id}/link")]


class LinkOut(BaseModel):
    url: str = Field(description="Path and query; needs no token")
    expires_at: Moment


@router.get(
    "/assets/{asset_id}",
    response_class=Response,
    responses={
        **may_answer("LINK_INVALID", "LINK_EXPIRED", "NOT_FOUND"),
        200: {"description": "The image", "content": {"image/png": {}}},
        304: {"description": "What If-None-Match names is still right"},
    },
)
async def asset(
    asset_id: UUID,
    request: Request,
    caller: Anybody,
    services: Wired,
    expires: Expires = None,
    signature: Signature = None,
) -> Response:
    """An image of an approved item, or any image with its owner's or a moderator's token or a link from one of them."""
    linked = expires is not None or signature is not None
    if linked:
        services.links.check(asset_id, Link(expires or 0, signature or ""))
    found, listed = await _find(services, asset_id, caller, linked=linked)
    etag = f'"{found.sha256}"'
    headers = {
        "etag": etag,
        "cache-control": f"public, max-age={PUBLIC_MAX_AGE_S}" if listed else "private, no-store",
        "vary": "authorization",
        "content-disposition": "inline",
    }
    if is_held(request, etag):
        return Response(status_code=304, headers=headers)
    try:
        data = await to_thread.run_sync(services.assets.read, found.sha256)
    except FileNotFoundError as error:
        _log.error("the bytes of an image are gone", asset=str(asset_id), sha256=found.sha256)
        raise _nothing(asset_id) from error
    return Response(data, headers=headers, media_type=found.media_type)


@router.get(
    "/assets/{asset_id}/link", response_model=LinkOut, responses=may_answer("TOKEN_REQUIRED", "FORBIDDEN", "NOT_FOUND")
)
async def link(asset_id: UUID, caller: Somebody, services: Wired, response: Response) -> LinkOut:
    """Let others, or a program that sends no token, get an image of yours for some minutes."""
    found, _ = await _find(services, asset_id, caller)
    if not _is_theirs(found, caller):
        raise Problem("FORBIDDEN", "only its owner and moderators may make links to an image")
    signed = services.links.sign(asset_id)
    response.headers["cache-control"] = "no-store"
    url = f"{API}/assets/{asset_id}?expires={signed.expires}&signature={signed.signature}"
    return LinkOut(url=url, expires_at=signed.expires_at)


async def _find(
    services: Services, asset_id: UUID, caller: Principal | None, *, linked: bool = False
) -> tuple[Asset, bool]:
    """The image, and whether everybody may see it. Raises Problem NOT_FOUND for one that the caller may not see."""
    async with services.database.connection() as connection:
        found = await repository.get(connection, asset_id)
        listed = found is not None and await repository.is_listed(connection, asset_id)
    if found is None or not (listed or linked or _is_theirs(found, caller)):
        raise _nothing(asset_id)
    return found, listed and not linked


def _is_theirs(asset: Asset, caller: Principal | None) -> bool:
    return caller is not None and (caller.may_moderate or caller.subject == asset.owner_id)


def _nothing(asset_id: UUID) -> Problem:
    return Problem("NOT_FOUND", f"there is no image {asset_id}")

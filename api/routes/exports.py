"""Results in the sizes and files that games take; made of what is stored when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

from anyio import to_thread
from fastapi import Query, Response
from starlette.requests import Request

from api.auth import Somebody
from api.etag import etag_of, is_held
from api.problem import Problem
from api.routes import api_router, may_answer
from api.services import Services, Wired
from herofactory.platform.telemetry.logging import get_logger
from herofactory.studio.results import Result, result_of

if TYPE_CHECKING:
    from herofactory.studio.exporting import Sprite

router = api_router("generations")
_log = get_logger("api.exports")
_PROBLEMS = may_answer("TOKEN_REQUIRED", "NOT_FOUND", "NO_RESULT")
_HELD: dict[int | str, dict[str, object]] = {304: {"description": "What If-None-Match names is still right"}}
Make = Callable[[Sequence["Sprite"]], bytes]
Engine = Literal["godot", "unity", "phaser"]
AssetKind = Annotated[
    Literal["pixel", "sprite", "image"] | None, Query(description="Which pictures; default: the first of these it has")
]


@router.get(
    "/generations/{job_id}/exports",
    response_class=Response,
    responses={**_PROBLEMS, **_HELD, 200: {"description": "It", "content": {"image/png": {}, "image/webp": {}}}},
)
async def export(
    job_id: UUID,
    request: Request,
    caller: Somebody,
    services: Wired,
    format: Annotated[Literal["png", "webp"], Query()] = "png",
    size: Annotated[int, Query(ge=16, le=512, description="Pixels along each side")] = 64,
    asset_id: Annotated[UUID | None, Query(description="Default: the first of the best kind")] = None,
) -> Response:
    """One picture of your result, square. Pixel art is enlarged by whole numbers only."""
    result = await _result(services, caller.subject, job_id, asset_id=asset_id)

    def make(sprites: Sequence[Sprite]) -> bytes:
        from herofactory.studio.exporting import exported

        return exported(sprites[0], format, size)

    data = await _made(services, result, make)
    return _answer(request, data, f"image/{format}", f"{result.pieces[0].name}-{size}.{format}")


@router.get(
    "/generations/{job_id}/atlas",
    response_class=Response,
    responses={**_PROBLEMS, **_HELD, 200: {"description": "It", "content": {"image/png": {}, "application/json": {}}}},
)
async def atlas(
    job_id: UUID,
    request: Request,
    caller: Somebody,
    services: Wired,
    format: Annotated[Literal["png", "json"], Query()] = "png",
    kind: AssetKind = None,
) -> Response:
    """All variations of your result on one sheet (`png`), or where each lies on it (`json`, TexturePacker's hash)."""
    result = await _result(services, caller.subject, job_id, kind=kind)

    def make(sprites: Sequence[Sprite]) -> bytes:
        from herofactory.studio.exporting import atlas_image, atlas_list

        return atlas_image(sprites) if format == "png" else atlas_list(sprites)

    media_type = "image/png" if format == "png" else "application/json"
    return _answer(request, await _made(services, result, make), media_type, f"atlas.{format}")


@router.get(
    "/generations/{job_id}/archive",
    response_class=Response,
    responses={**_PROBLEMS, **_HELD, 200: {"description": "It", "content": {"application/zip": {}}}},
)
async def archive(
    job_id: UUID, request: Request, caller: Somebody, services: Wired, engine: Engine, kind: AssetKind = None
) -> Response:
    """A zip to drop into a project: all variations of your result, licence and provenance beside them."""
    result = await _result(services, caller.subject, job_id, kind=kind)
    name = f"generation-{job_id}"

    def make(sprites: Sequence[Sprite]) -> bytes:
        from herofactory.studio import exporting

        return exporting.archive(name, sprites, engine)

    return _answer(request, await _made(services, result, make), "application/zip", f"{name}-{engine}.zip")


async def _result(
    services: Services, owner_id: str, job_id: UUID, *, kind: str | None = None, asset_id: UUID | None = None
) -> Result:
    async with services.database.connection() as connection:
        return await result_of(connection, owner_id, job_id, kind=kind, asset_id=asset_id)


async def _made(services: Services, result: Result, make: Make) -> bytes:
    """One at a time: a large result takes some hundred megabytes meanwhile."""

    def work() -> bytes:
        from herofactory.studio.exporting import loaded

        return make(loaded(services.assets, result))

    try:
        return await to_thread.run_sync(work, limiter=services.image_threads)
    except FileNotFoundError as error:
        _log.error("the bytes of a result are gone", generation=str(result.job.id))
        raise Problem("NOT_FOUND", "the pictures of this generation are gone: make them again") from error


def _answer(request: Request, data: bytes, media_type: str, name: str) -> Response:
    etag = etag_of(data)
    headers = {
        "etag": etag,
        "cache-control": "private, no-cache",
        "vary": "authorization",
        "content-disposition": f'attachment; filename="{name}"',
    }
    if is_held(request, etag):
        return Response(status_code=304, headers=headers)
    return Response(data, headers=headers, media_type=media_type)

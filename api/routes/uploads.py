"""Images that people upload: for their items, and as sketches."""

from __future__ import annotations

import hashlib
from typing import Annotated
from uuid import UUID

from anyio import to_thread
from fastapi import File, UploadFile
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from api.auth import Somebody
from api.idempotent import OnceOnly
from api.routes import api_router, may_answer
from api.services import Services, Wired
from herofactory.assets import repository
from herofactory.assets.image import Image, ImageTooLarge, sanitise
from herofactory.platform.idempotency import Answer
from herofactory.platform.postgres.database import Connection

router = api_router("images")


class Upload(BaseModel):
    id: UUID
    width: int
    height: int


@router.post(
    "/uploads",
    status_code=201,
    response_model=Upload,
    responses=may_answer(
        "BAD_REQUEST",
        "TOKEN_REQUIRED",
        "IDEMPOTENCY_KEY_REUSED",
        "PAYLOAD_TOO_LARGE",
        "IMAGE_TOO_LARGE",
        "UNSUPPORTED_MEDIA_TYPE",
        "INVALID_IMAGE",
    ),
)
async def upload(
    file: Annotated[UploadFile, File(description="PNG, JPEG, WebP or GIF (its first frame)")],
    caller: Somebody,
    once: OnceOnly,
    services: Wired,
) -> JSONResponse:
    """Store an image. It is encoded anew, without what it said of its origin; the same image again has the same id."""
    data = await _bytes(file, services)
    image = await to_thread.run_sync(_store, services, data, limiter=services.image_threads)

    async def effect(transaction: Connection) -> Answer:
        asset = await repository.insert(transaction, caller.subject, image)
        return Answer(201, {"id": str(asset.id), "width": asset.width, "height": asset.height})

    return await once.run({"sha256": hashlib.sha256(data).hexdigest()}, effect)


async def _bytes(file: UploadFile, services: Services) -> bytes:
    most = services.settings.upload_bytes
    if (file.size or 0) > most:
        raise ImageTooLarge(f"the image has {file.size} bytes, at most {most} are taken")
    return await file.read()


def _store(services: Services, data: bytes) -> Image:
    """Runs in a thread. The bytes are durable before any row points to them."""
    settings = services.settings
    image = sanitise(data, max_bytes=settings.upload_bytes, max_pixels=settings.upload_pixels)
    services.assets.put(image)
    return image

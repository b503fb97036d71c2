"""Previews small enough to travel as progress."""

from __future__ import annotations

import asyncio
import io

from herofactory.platform.telemetry.logging import get_logger
from herofactory.studio.jobs.progress import PREVIEW_BYTES

SIDES = (128, 96, 64)
"""Pixels; the first whose JPEG fits."""
_QUALITY = 60


async def shrink(preview: bytes) -> bytes:
    """A JPEG of at most PREVIEW_BYTES; empty where the bytes are no picture."""
    return await asyncio.to_thread(_shrink, preview)


def _shrink(preview: bytes) -> bytes:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(preview), formats=("PNG", "JPEG", "WEBP")) as picture:
            whole = picture.convert("RGB")
    except Exception as error:  # noqa: BLE001  (a decoder raises whatever broken bytes lead it to)
        get_logger(__name__).debug("a preview that is no picture", error=str(error))
        return b""
    for side in SIDES:
        whole.thumbnail((side, side))
        out = io.BytesIO()
        whole.save(out, "JPEG", quality=_QUALITY)
        if out.tell() <= PREVIEW_BYTES:
            return out.getvalue()
    return b""

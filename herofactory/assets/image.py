"""Turning what somebody uploaded into an image that is safe to store and to serve."""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass

_MAGIC = {b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG", b"GIF8": "GIF", b"RIFF": "WEBP"}


class InvalidImage(ValueError):
    """Bytes that are no image we take; the message says why."""


class ImageTooLarge(InvalidImage):
    """More bytes or pixels than allowed."""


@dataclass(frozen=True, slots=True)
class Image:
    """A PNG of ours: pixels only, without any metadata of its origin."""

    data: bytes
    width: int
    height: int
    media_type: str = "image/png"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def sanitise(data: bytes, *, max_bytes: int, max_pixels: int) -> Image:
    """Decode PNG, JPEG, WebP or GIF (its first frame) and encode it anew as PNG.

    Raises ImageTooLarge before any pixel is decoded, InvalidImage for what is not an image or is broken.
    """
    if len(data) > max_bytes:
        raise ImageTooLarge(f"the image has {len(data)} bytes, at most {max_bytes} are taken")
    kind = next((kind for magic, kind in _MAGIC.items() if data.startswith(magic)), None)
    if kind is None:
        raise InvalidImage("not a PNG, JPEG, WebP or GIF image (judged by its first bytes)")
    return _reencode(data, kind, max_pixels)


def _reencode(data: bytes, kind: str, max_pixels: int) -> Image:
    from PIL import Image as Pillow
    from PIL import ImageOps

    try:
        with warnings.catch_warnings(), Pillow.open(io.BytesIO(data), formats=[kind]) as picture:
            warnings.simplefilter("ignore")  # the pixel limit is ours, not Pillow's
            width, height = picture.size
            if width * height > max_pixels:
                raise ImageTooLarge(f"the image has {width} x {height} pixels, at most {max_pixels} in all are taken")
            upright = ImageOps.exif_transpose(picture)
            pixels = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
            clean = Pillow.frombytes(pixels.mode, pixels.size, pixels.tobytes())
    except InvalidImage:
        raise
    except Exception as error:  # a decoder raises whatever broken bytes lead it to
        raise InvalidImage(f"the {kind} image is broken: {error}") from error
    out = io.BytesIO()
    clean.save(out, "PNG")
    return Image(out.getvalue(), clean.width, clean.height)

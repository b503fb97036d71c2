"""Turning what somebody uploaded into an image that is safe to store and to serve."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

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

    Pillow.MAX_IMAGE_PIXELS = None  # the limit is ours; Pillow's would refuse in other words, or only warn
    try:
        with Pillow.open(io.BytesIO(data), formats=[kind]) as picture:
            width, height = picture.size
            if width * height > max_pixels:
                raise ImageTooLarge(f"the image has {width} x {height} pixels, at most {max_pixels} in all are taken")
            return _encode(picture)
    except InvalidImage:
        raise
    except Exception as error:  # a decoder raises whatever broken bytes lead it to
        raise InvalidImage(f"the {kind} image is broken: {error}") from error


def _encode(picture: Picture) -> Image:
    """Upright, RGB or RGBA, without metadata. Copies pixels only where it must: 25 million of them take 100 MB."""
    from PIL import ImageOps

    ImageOps.exif_transpose(picture, in_place=True)
    picture = eight_bits(picture)
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    clean = picture if picture.mode == mode else picture.convert(mode)
    clean.info.clear()
    out = io.BytesIO()
    clean.save(out, "PNG")
    return Image(out.getvalue(), clean.width, clean.height)


def eight_bits(picture: Picture) -> Picture:
    """Grey of 16 bits a pixel as its upper eight; Pillow's own conversion makes nearly all of it white."""
    from PIL import Image as Pillow

    if not picture.mode.startswith("I;16"):
        return picture
    upper = 0 if picture.mode.endswith("B") else 1
    return Pillow.frombytes("L", picture.size, picture.tobytes()[upper::2])

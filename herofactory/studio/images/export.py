"""One picture in every size that a game asks for, as PNG and WebP."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from herofactory.studio.images import cells
from herofactory.studio.images.trim import squared

Pixels = NDArray[np.uint8]
Kind = Literal["png", "webp"]

SIZES = (16, 24, 32, 48, 64, 96, 128, 256, 512)
MEDIA_TYPES: dict[Kind, str] = {"png": "image/png", "webp": "image/webp"}


@dataclass(frozen=True, slots=True)
class Exported:
    size: int
    kind: Kind
    data: bytes

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.kind]


def exported(rgba: Pixels, *, pixel_art: bool, sizes: tuple[int, ...] = SIZES) -> list[Exported]:
    """Every size as both kinds. `rgba` (height, width, 4); one that is not square gets transparent strips."""
    made = [(size, resized(rgba, size, pixel_art=pixel_art)) for size in sizes]
    return [
        Exported(size, kind, encoded(pixels, kind, lossless=pixel_art)) for size, pixels in made for kind in MEDIA_TYPES
    ]


def resized(rgba: Pixels, size: int, *, pixel_art: bool) -> Pixels:
    """(size, size, 4). Pixel art stays on a grid: enlarged by a whole number and centred, reduced cell by cell."""
    square = squared(rgba)
    if not pixel_art:
        return _smooth(square, size)
    side = square.shape[0]
    if size < side:
        edges = cells.even(side, size)
        return cells.sampled(square, edges, edges, inner=0.95)
    times = size // side
    large = square.repeat(times, axis=0).repeat(times, axis=1)
    before = (size - side * times) // 2
    after = size - side * times - before
    return np.pad(large, ((before, after), (before, after), (0, 0)))


def encoded(pixels: Pixels, kind: Kind, *, lossless: bool) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    if kind == "png":
        picture.save(out, "PNG")
    else:
        picture.save(out, "WEBP", lossless=lossless, quality=90, exact=lossless)
    return out.getvalue()


def _smooth(square: Pixels, size: int) -> Pixels:
    """Lanczos on colours weighed by alpha, so that what is transparent tints no edge."""
    from PIL import Image

    weighed = Image.fromarray(np.ascontiguousarray(square)).convert("RGBa")
    return np.asarray(weighed.resize((size, size), Image.Resampling.LANCZOS).convert("RGBA"))

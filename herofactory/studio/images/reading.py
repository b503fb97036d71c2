"""What somebody drew, decoded within bounds: never more pixels in memory than the limits say, then few."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from herofactory.assets.image import ImageTooLarge, InvalidImage, eight_bits

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

Code = Literal["TOO_LARGE", "UNSUPPORTED", "BROKEN", "TOO_NARROW"]

_MAGIC = {b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG", b"RIFF": "WEBP"}
_LONGEST = 1280
"""Pixels along the longer side of what is worked on."""
_NARROW = 40
"""Times as long as wide: nothing can be drawn on a thinner strip."""
_STRIP = 64
"""Rows of the result that are made at a time."""


class InvalidSketch(InvalidImage):
    """Bytes no picture can be drawn from. `code` is stable; the message says what is wrong and what to do."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class SketchLimits:
    max_bytes: int = 10_000_000
    max_pixels: int = 25_000_000


class SketchTooLarge(InvalidSketch, ImageTooLarge):
    """TOO_LARGE: more bytes or pixels than allowed."""

    def __init__(self, message: str) -> None:
        super().__init__("TOO_LARGE", message)


def read(data: bytes, limits: SketchLimits) -> NDArray[np.uint8]:
    """(height, width, 4): upright, straight alpha, _LONGEST at most; of an animation the first frame.

    Raises InvalidSketch, for size before any pixel is decoded.
    """
    if len(data) > limits.max_bytes:
        raise SketchTooLarge(f"the sketch has {len(data)} bytes; at most {limits.max_bytes} are taken")
    kind = next((kind for magic, kind in _MAGIC.items() if data.startswith(magic)), None)
    if kind is None or (kind == "WEBP" and data[8:12] != b"WEBP"):
        raise InvalidSketch("UNSUPPORTED", "the sketch is no PNG, JPEG or WebP image; save it as one of these")
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # the limit is ours; Pillow's would refuse in other words, or only warn
    try:
        with Image.open(io.BytesIO(data), formats=[kind]) as picture:
            _check(picture.size, limits)
            return np.asarray(_upright(picture))
    except InvalidSketch:
        raise
    except Exception as error:  # a decoder raises whatever broken bytes lead it to
        raise InvalidSketch("BROKEN", f"the sketch is a broken {kind} image; save it anew and send it again") from error


def _check(size: tuple[int, int], limits: SketchLimits) -> None:
    width, height = size
    if width * height > limits.max_pixels:
        raise SketchTooLarge(
            f"the sketch has {width} x {height} pixels; at most {limits.max_pixels} in all are taken: save it smaller",
        )
    if max(size) > _NARROW * min(size):
        raise InvalidSketch(
            "TOO_NARROW", f"the sketch is a strip of {width} x {height} pixels; use a sheet nearer to a square"
        )


def _upright(picture: Picture) -> Picture:
    from PIL import Image

    turn = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }.get(picture.getexif().get(0x0112, 1))
    picture.draft(
        "RGB", (_LONGEST, _LONGEST)
    )  # a JPEG is decoded at a half, a quarter or an eighth where that is enough
    picture.load()
    small = _small(eight_bits(picture))
    return small.transpose(turn) if turn is not None else small


def _small(picture: Picture) -> Picture:
    """RGBA. Strip by strip: the whole picture as RGBA would be held a second time."""
    from PIL import Image

    times = -(-max(picture.size) // _LONGEST)
    if times <= 1:
        return picture.convert("RGBA")
    out = Image.new("RGBA", (-(-picture.width // times), -(-picture.height // times)))
    for top in range(0, out.height, _STRIP):
        bottom = min((top + _STRIP) * times, picture.height)
        strip = picture.crop((0, top * times, picture.width, bottom)).convert("RGBA")
        out.paste(strip.reduce(times), (0, top))
    return out

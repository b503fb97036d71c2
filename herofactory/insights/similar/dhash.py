"""A picture in 64 bits: pictures that look alike differ in few of them."""

from __future__ import annotations

import io

BITS = 64
_SIDE = 8
_BEHIND = (127, 127, 127)
"""Behind transparent pixels. Grey: icons are drawn in black as well as in white."""


class Unreadable(ValueError):
    """Bytes that are no picture."""


def dhash(data: bytes) -> int:
    """0 <= hash < 2**64: for each of 8 x 8 places whether it gets brighter to the right. Raises Unreadable.

    Size, format and small changes of brightness leave it nearly as it is; turning, mirroring and cropping do not.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as picture:
            shown = picture.convert("RGBA")
            ground = Image.new("RGBA", shown.size, (*_BEHIND, 255))
            ground.alpha_composite(shown)
            grey = ground.convert("L").resize((_SIDE + 1, _SIDE), Image.Resampling.LANCZOS)
    except Exception as error:  # a decoder raises whatever broken bytes lead it to
        raise Unreadable(f"no hash of the picture: {error}") from error
    pixels = grey.tobytes()
    bits = 0
    for row in range(_SIDE):
        for column in range(_SIDE):
            at = row * (_SIDE + 1) + column
            bits = bits << 1 | (pixels[at] < pixels[at + 1])
    return bits


def distance(one: int, other: int) -> int:
    """Bits that differ: 0 for the same picture, about 32 for pictures that have nothing in common."""
    return (one ^ other).bit_count()

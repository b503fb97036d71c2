"""What can be said of a picture without knowing what it shows. Input: PNG bytes that were sanitised at upload."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

from herofactory.moderation.verdict import Code, Decision, Finding, Reason

if TYPE_CHECKING:
    from PIL.Image import Image

AREA = "image"
SMALLEST_SIDE = 8
"""Pixels. 8x8 is the smallest tile that artists sell."""
LONGEST_RATIO = 20.0
"""Long side to short side. Bars and sprite strips reach 16:1."""
MOST_PIXELS = 50_000_000
"""Read from the header before anything is decoded."""


def check_image(image: bytes) -> Iterator[Finding]:
    """Never raises for any bytes: what cannot be read waits for a moderator. Takes milliseconds: use a thread."""
    try:
        picture = _open(image)
        findings = [*_check_shape(picture), *_check_pixels(picture)]
    except Exception:  # noqa: BLE001 - Pillow's plug-ins raise anything for broken files, and none of it may approve
        detail = f"the image cannot be read as a PNG of at most {MOST_PIXELS} pixels: upload it again"
        findings = [_finding(Decision.REVIEW, Code.IMAGE_UNREADABLE, detail)]
    yield from findings


def perceptual_hash(image: bytes) -> int:
    """64-bit difference hash of the picture on black; near-equal pictures differ in few bits. Raises for broken bytes.

    For "similar pictures" views only: alike pictures are no evidence against an item.
    """
    from PIL import Image as images

    picture = _open(image).convert("RGBA")
    ground = images.new("RGBA", picture.size, "black")
    grey = images.alpha_composite(ground, picture).convert("L").resize((9, 8), images.Resampling.BOX).tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            bits = bits << 1 | (grey[row * 9 + column] < grey[row * 9 + column + 1])
    return bits


def _open(image: bytes) -> Image:
    from PIL import Image as images

    with warnings.catch_warnings():
        warnings.simplefilter("error", images.DecompressionBombWarning)
        picture = images.open(io.BytesIO(image), formats=["PNG"])
    if picture.width * picture.height > MOST_PIXELS:
        raise ValueError(f"{picture.width}x{picture.height} is more than {MOST_PIXELS} pixels")
    picture.load()
    return picture


def _check_shape(picture: Image) -> Iterator[Finding]:
    short, long = sorted(picture.size)
    size = f"{picture.width}x{picture.height}"
    if short < SMALLEST_SIDE:
        detail = f"the image is only {size} pixels: give at least {SMALLEST_SIDE} on each side"
        yield _finding(Decision.REVIEW, Code.IMAGE_TINY, detail)
    if long / short > LONGEST_RATIO:
        detail = f"the image is {size} pixels, more than {LONGEST_RATIO:g} times as long as wide"
        yield _finding(Decision.REVIEW, Code.IMAGE_EXTREME_SHAPE, detail)


def _check_pixels(picture: Image) -> Iterator[Finding]:
    coloured = picture.convert("RGBA")
    if coloured.getchannel("A").getbbox() is None:
        yield _finding(Decision.REJECTED, Code.IMAGE_BLANK, "the image is fully transparent: upload the picture")
    elif coloured.getcolors(maxcolors=1) is not None:
        yield _finding(Decision.REVIEW, Code.IMAGE_ONE_COLOUR, "the image has one colour only: is it the right one?")


def _finding(decision: Decision, code: Code, detail: str) -> Finding:
    return Finding(AREA, decision, Reason(code, detail))

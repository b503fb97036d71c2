from __future__ import annotations

import io
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from herofactory.moderation import Code, Decision, LocalRules, Subject
from herofactory.moderation.image import check_image, perceptual_hash

pytestmark = pytest.mark.anyio


def png(width: int, height: int, colour: object = (0, 0, 0, 0), *, ink: object = None) -> bytes:
    picture = Image.new("RGBA", (width, height), colour)  # type: ignore[arg-type]  # Pillow takes several colour forms
    if ink is not None:
        ImageDraw.Draw(picture).ellipse((0, 0, width // 2, height // 2), fill=ink)  # type: ignore[arg-type]  # as above
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()


def bomb() -> bytes:
    """A header that promises 100,000 x 100,000 pixels."""
    header = (100_000).to_bytes(4, "big") * 2 + bytes([8, 6, 0, 0, 0])
    crc = zlib.crc32(b"IHDR" + header).to_bytes(4, "big")
    return b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4, "big") + b"IHDR" + header + crc


def codes(image: bytes) -> list[tuple[Decision, Code]]:
    return [(finding.decision, finding.reason.code) for finding in check_image(image)]


def test_a_drawing_has_nothing_against_it() -> None:
    assert codes(png(64, 64, ink="white")) == []
    assert codes(png(512, 512, "navy", ink="gold")) == []


def test_a_transparent_image_is_rejected() -> None:
    assert codes(png(64, 64)) == [(Decision.REJECTED, Code.IMAGE_BLANK)]


def test_one_colour_is_a_doubt() -> None:
    assert codes(png(64, 64, "white")) == [(Decision.REVIEW, Code.IMAGE_ONE_COLOUR)]


def test_a_tiny_image_is_a_doubt() -> None:
    assert codes(png(4, 4, ink="red")) == [(Decision.REVIEW, Code.IMAGE_TINY)]


def test_an_image_like_a_thread_is_a_doubt_and_a_sprite_strip_is_none() -> None:
    assert codes(png(1000, 10, ink="red")) == [(Decision.REVIEW, Code.IMAGE_EXTREME_SHAPE)]
    assert codes(png(512, 32, ink="red")) == []


@pytest.mark.parametrize("image", [b"", b"not an image", png(64, 64, ink="red")[:60], bomb()])
def test_what_cannot_be_read_waits_for_a_moderator(image: bytes) -> None:
    assert codes(image) == [(Decision.REVIEW, Code.IMAGE_UNREADABLE)]


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=200), st.integers(8, 90))
def test_no_bytes_make_it_raise(garbage: bytes, cut: int) -> None:
    image = png(16, 16, ink="red")
    assert codes(garbage)
    check = codes(image[:cut] + garbage + image[cut:])
    assert all(decision is not Decision.APPROVED for decision, _ in check)


async def test_the_picture_counts_in_the_verdict_and_may_be_missing() -> None:
    blank = Subject("item", "seller", "강철 검", "", "weapon", image=png(64, 64))
    without = Subject("item", "seller", "강철 검", "", "weapon")

    assert (await LocalRules().judge(blank)).decision is Decision.REJECTED
    assert (await LocalRules().judge(blank)).scores["image"] == 1.0
    assert (await LocalRules().judge(without)).decision is Decision.APPROVED


def test_scaled_pictures_have_near_equal_hashes_and_others_do_not() -> None:
    small, large, other = png(64, 64, ink="white"), png(256, 256, ink="white"), png(64, 64, "white", ink="black")
    assert (perceptual_hash(small) ^ perceptual_hash(large)).bit_count() <= 6
    assert (perceptual_hash(small) ^ perceptual_hash(other)).bit_count() > 6

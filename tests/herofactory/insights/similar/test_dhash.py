from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw

from herofactory.insights.similar.dhash import Unreadable, dhash, distance


def drawn(points: list[tuple[int, int]], size: int = 128, kind: str = "PNG", mode: str = "RGBA") -> bytes:
    image = Image.new("RGBA", (128, 128), (0, 0, 0, 0))
    ImageDraw.Draw(image).polygon(points, fill="white")
    if mode == "RGB":
        ground = Image.new("RGBA", image.size, (127, 127, 127, 255))
        ground.alpha_composite(image)
        image = ground.convert("RGB")
    out = io.BytesIO()
    image.resize((size, size)).save(out, kind)
    return out.getvalue()


SWORD = [(60, 4), (70, 4), (72, 90), (100, 96), (70, 104), (68, 124), (60, 124), (58, 104), (30, 96), (56, 90)]
SHIELD = [(16, 16), (112, 16), (112, 70), (64, 122), (16, 70)]


def test_the_same_picture_in_another_size_or_format_is_nearly_the_same_hash() -> None:
    sword = dhash(drawn(SWORD))
    assert distance(sword, dhash(drawn(SWORD))) == 0
    assert distance(sword, dhash(drawn(SWORD, size=300))) <= 3
    assert distance(sword, dhash(drawn(SWORD, kind="JPEG", mode="RGB"))) <= 3


def test_another_picture_is_another_hash() -> None:
    assert distance(dhash(drawn(SWORD)), dhash(drawn(SHIELD))) > 15


def test_a_hash_has_64_bits() -> None:
    assert 0 < dhash(drawn(SHIELD)) < 2**64


@pytest.mark.parametrize("data", [b"", b"not a picture", drawn(SWORD)[:60]])
def test_what_is_no_picture_has_no_hash(data: bytes) -> None:
    with pytest.raises(Unreadable):
        dhash(data)

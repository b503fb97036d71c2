from __future__ import annotations

import io

import pytest
from PIL import Image

from herofactory.catalog.categories import CATEGORIES
from herofactory.catalog.sample.package import Icon
from herofactory.catalog.sample.render import SIZE, to_png

BLOCK = Icon("block", '<path fill="currentColor" d="M156 156h200v200h-200z"/>', 512)
INK, CARD = (244, 241, 232), (23, 26, 33)
Pixel = tuple[int, int, int, int]


def pixel(png: bytes, x: int, y: int) -> Pixel:
    with Image.open(io.BytesIO(png)) as image:
        found = image.convert("RGBA").getpixel((x, y))
    assert isinstance(found, tuple)
    return (int(found[0]), int(found[1]), int(found[2]), int(found[3]))


def test_an_icon_is_light_on_a_dark_card_with_clear_corners() -> None:
    png = to_png(BLOCK, "weapon")
    assert pixel(png, SIZE // 2, SIZE // 2) == (*INK, 255)
    assert pixel(png, 30, 30) == (*CARD, 255)
    assert pixel(png, 0, 0)[3] == 0


def test_the_image_is_square_and_of_the_stated_size() -> None:
    with Image.open(io.BytesIO(to_png(BLOCK, "weapon"))) as image:
        assert (image.format, image.size) == ("PNG", (SIZE, SIZE))


def test_every_category_has_an_accent_of_its_own() -> None:
    borders = {pixel(to_png(BLOCK, category), SIZE // 2, 3) for category in CATEGORIES}
    assert len(borders) == len(CATEGORIES)
    assert (*CARD, 255) not in borders


def test_a_set_of_another_size_fills_the_card_the_same() -> None:
    small = Icon("block", '<path fill="currentColor" d="M15.6 15.6h20v20h-20z"/>', 51)
    assert pixel(to_png(small, "ui"), SIZE // 2, SIZE // 2) == (*INK, 255)


def test_an_icon_that_is_no_svg_is_named() -> None:
    with pytest.raises(ValueError, match="the icon 'broken' cannot be drawn"):
        to_png(Icon("broken", "<path", 512), "ui")

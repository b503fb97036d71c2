from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from herofactory.studio.images.mask import distance
from herofactory.studio.images.sketch import LINE_WIDTH, NormalisedSketch, normalise
from herofactory.studio.images.thinning import skeleton
from tests.support.sketches import INK, PAPER, encoded, filled, photo, photographed, silhouette, sword

Pixels = NDArray[np.uint8]


def transparent(image: Image.Image) -> Image.Image:
    """What is white in it let through."""
    rgba = np.array(image.convert("RGBA"))
    rgba[(rgba[..., :3] == 255).all(axis=2), 3] = 0
    return Image.fromarray(rgba)


def sixteen_bit(image: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)


SKETCHES: dict[str, Callable[[], bytes]] = {
    "pencil": lambda: encoded(sword(width=1)),
    "pen": lambda: encoded(sword()),
    "marker": lambda: encoded(sword(width=34)),
    "white on black": lambda: encoded(sword(ink=PAPER, paper=INK)),
    "wide sheet": lambda: encoded(sword((1600, 600), 5)),
    "blue on cream": lambda: encoded(sword(ink=(40, 60, 200), paper=(250, 240, 200))),
    "yellow": lambda: encoded(sword(ink=(250, 230, 60))),
    "faint": lambda: encoded(sword(ink=(215, 215, 215), width=2)),
    "photographed": lambda: encoded(photographed(sword(width=4)), "JPEG", quality=88),
    "black on nothing": lambda: encoded(sword(ink=(0, 0, 0, 255), paper=(0, 0, 0, 0), mode="RGBA")),
    "white on nothing": lambda: encoded(sword(ink=(255, 255, 255, 255), paper=(0, 0, 0, 0), mode="RGBA"), "WEBP"),
    "large": lambda: encoded(sword((4000, 4000), 2)),
    "16 bit": lambda: encoded(sixteen_bit(sword())),
    "CMYK": lambda: encoded(sword().convert("CMYK"), "JPEG", quality=92),
    "palette": lambda: encoded(sword().convert("P")),
    "one bit": lambda: encoded(sword().convert("1")),
}
DRAWN: dict[str, Callable[[], bytes]] = {
    "colours": lambda: encoded(filled()),
    "colours on nothing": lambda: encoded(transparent(filled())),
    "silhouette": lambda: encoded(silhouette()),
    "photo": lambda: encoded(photo()),
}


@cache
def normalised(name: str) -> NormalisedSketch:
    return normalise((SKETCHES | DRAWN)[name]())


def pixels(made: NormalisedSketch) -> Pixels:
    with Image.open(io.BytesIO(made.png)) as picture:
        assert (picture.format, picture.mode, picture.size) == ("PNG", "L", (1024, 1024))
        return np.asarray(picture)


# SHA-256 of the decoded pixels, not of PNG files: another zlib packs the same pixels otherwise.
# Only of PNG: another libjpeg or libwebp would spoil what is sent otherwise.
GOLDEN = {
    "pencil": "875ec99c569caca0d5baea643f1ccec72cfacdf93932a87e9005dcb403d86cc9",
    "pen": "a1a39fdbb8c35c4d7ea8833e0638293c313cc576b0adefd8e348ca68ac049321",
    "marker": "c606e4337e14b1a696c6c7fada958aafcb4029ed572fef7521590b5ad8ad2e12",
    "white on black": "a1a39fdbb8c35c4d7ea8833e0638293c313cc576b0adefd8e348ca68ac049321",
    "wide sheet": "0c3c8d51ab02e85ead85014efe9470b64f28d17e559b9c0aee08e8e86a8bdf3a",
    "blue on cream": "a1a39fdbb8c35c4d7ea8833e0638293c313cc576b0adefd8e348ca68ac049321",
    "yellow": "a1a39fdbb8c35c4d7ea8833e0638293c313cc576b0adefd8e348ca68ac049321",
    "faint": "e8471f6d6d4f0b8a913aab5cc17ea0a45223940277e44f8aa5a255903c1a839c",
    "black on nothing": "a1a39fdbb8c35c4d7ea8833e0638293c313cc576b0adefd8e348ca68ac049321",
    "16 bit": "a1a39fdbb8c35c4d7ea8833e0638293c313cc576b0adefd8e348ca68ac049321",
    "palette": "a1a39fdbb8c35c4d7ea8833e0638293c313cc576b0adefd8e348ca68ac049321",
    "one bit": "a1a39fdbb8c35c4d7ea8833e0638293c313cc576b0adefd8e348ca68ac049321",
    "colours": "07d5741f473a6f2662a3e9981e7ca2f9d185c6ff5cfb84852bd93d80b3bddaca",
    "colours on nothing": "07d5741f473a6f2662a3e9981e7ca2f9d185c6ff5cfb84852bd93d80b3bddaca",
    "silhouette": "ebf56c600395e617ba76243829b3d7ed3f3720b3e3f98aae6e085a05b0e96895",
}


@pytest.mark.parametrize("name", GOLDEN)
def test_a_sketch_becomes_exactly_these_pixels(name: str) -> None:
    made = normalised(name)
    assert hashlib.sha256(pixels(made).tobytes()).hexdigest() == GOLDEN[name]


@pytest.mark.parametrize("name", SKETCHES)
def test_however_it_was_drawn_the_same_sword_comes_out_in_lines_of_one_width(name: str) -> None:
    made = normalised(name)
    assert not made.blank
    assert not made.was_photo
    assert made.polarity == ("light-on-dark" if "white on" in name else "dark-on-light")
    lines = pixels(made)
    assert lines[0].max() == lines[-1].max() == lines[:, 0].max() == lines[:, -1].max() == 0
    ink = lines > 127
    width = 2 * np.median(distance(ink, 40)[skeleton(ink)]) - 1
    assert width == pytest.approx(LINE_WIDTH, abs=2.5)
    if name != "marker":  # drawn so thick that its lines run together
        expected = pixels(normalised("pen")) > 127
        assert distance(~expected, 40)[ink].mean() < 4
        assert distance(~ink, 40)[expected].mean() < 4


def test_a_circle_stays_a_circle_on_any_sheet() -> None:
    image = Image.new("RGB", (1500, 500), "white")
    ImageDraw.Draw(image).ellipse((100, 80, 400, 380), outline="black", width=5)
    rows, columns = (np.flatnonzero((pixels(normalise(encoded(image))) > 127).any(axis=axis)) for axis in (1, 0))
    assert abs((rows[-1] - rows[0]) - (columns[-1] - columns[0])) <= 4
    assert 820 < rows[-1] - rows[0] < 930
    assert abs(int(rows[0]) - (1023 - int(rows[-1]))) <= 6


@pytest.mark.parametrize("name", ["colours", "colours on nothing", "silhouette"])
def test_a_filled_shape_becomes_its_outline_and_what_is_drawn_on_it(name: str) -> None:
    lines = pixels(normalised(name)) > 127
    assert 0.01 < lines.mean() < 0.07
    assert distance(lines, 40).max() < 14
    within = lines[380:700, 380:700].any()
    assert within == (name != "silhouette")


def test_a_photo_becomes_edges() -> None:
    made = normalised("photo")
    assert made.was_photo
    assert 0.005 < (pixels(made) > 127).mean() < 0.12


def test_a_photo_taken_sideways_is_put_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = sword().transpose(Image.Transpose.ROTATE_90)
    upright, sideways = (pixels(normalise(data)) > 127 for data in (encoded(sword()), encoded(turned, exif=exif)))
    assert distance(~upright, 40)[sideways].mean() < 3


@pytest.mark.parametrize(
    "sheet",
    [
        Image.new("RGB", (500, 400), "white"),
        Image.new("RGB", (500, 400), "black"),
        Image.new("RGBA", (300, 300), (0, 0, 0, 0)),
        photographed(Image.new("RGB", (600, 500), "white")),
        Image.new("L", (1, 1), 255),
        Image.new("RGB", (40, 1), "red"),
    ],
    ids=["white", "black", "clear", "photographed", "one pixel", "one row"],
)
def test_an_empty_sheet_is_blank(sheet: Image.Image) -> None:
    made = normalise(encoded(sheet))
    assert made.blank
    assert not made.was_photo
    assert not pixels(made).any()


def test_a_dot_of_dirt_is_no_drawing() -> None:
    image = Image.new("RGB", (800, 800), "white")
    ImageDraw.Draw(image).ellipse((300, 300, 309, 309), fill="black")
    assert normalise(encoded(image)).blank


def test_a_small_drawing_on_a_large_sheet_is_brought_near() -> None:
    image = Image.new("RGB", (2000, 2000), "white")
    image.paste(sword((700, 700), 4), (1200, 100))
    found = pixels(normalise(encoded(image))) > 127
    expected = pixels(normalised("pen")) > 127
    assert distance(~expected, 40)[found].mean() < 4

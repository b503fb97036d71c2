from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from herofactory.studio.images.export import MEDIA_TYPES, SIZES, exported, resized
from tests.support.sprites import sprite

DRAWN = sprite(np.random.default_rng(3), 32)


@pytest.mark.parametrize("pixel_art", [True, False])
def test_every_size_comes_as_png_and_as_webp(pixel_art: bool) -> None:
    made = exported(DRAWN, pixel_art=pixel_art)
    assert {(each.size, each.kind) for each in made} == {(size, kind) for size in SIZES for kind in MEDIA_TYPES}
    for each in made:
        with Image.open(io.BytesIO(each.data)) as picture:
            assert (picture.size, picture.format) == ((each.size, each.size), each.kind.upper())
            assert each.media_type == picture.get_format_mimetype()


@pytest.mark.parametrize("size", [32, 48, 64, 96, 128, 256, 512])
def test_pixel_art_is_enlarged_by_a_whole_number_in_the_middle(size: int) -> None:
    times = size // 32
    rest = (size - 32 * times) // 2
    large = resized(DRAWN, size, pixel_art=True)
    assert (large[rest : rest + 32 * times : times, rest : rest + 32 * times : times] == DRAWN).all()
    assert len(np.unique(large.reshape(-1, 4), axis=0)) == len(np.unique(DRAWN.reshape(-1, 4), axis=0))


def test_pixel_art_as_webp_keeps_every_pixel() -> None:
    webp = next(each for each in exported(DRAWN, pixel_art=True) if (each.size, each.kind) == (64, "webp"))
    with Image.open(io.BytesIO(webp.data)) as picture:
        assert (np.asarray(picture.convert("RGBA")) == resized(DRAWN, 64, pixel_art=True)).all()


def test_pixel_art_made_smaller_mixes_no_colours_and_has_no_half_transparent_pixel() -> None:
    small = resized(DRAWN.repeat(4, axis=0).repeat(4, axis=1), 32, pixel_art=True)
    assert (small == DRAWN).all()
    assert set(np.unique(resized(DRAWN, 16, pixel_art=True)[..., 3])) <= {0, 255}


def test_what_is_transparent_tints_no_edge() -> None:
    rgba = np.zeros((100, 100, 4), np.uint8)
    rgba[..., 1] = 255  # green that nobody sees
    rgba[20:80, 20:80] = (200, 0, 0, 255)
    small = resized(rgba, 48, pixel_art=False)
    assert small[small[..., 3] > 16][:, 1].max() == 0


def test_a_picture_that_is_not_square_is_not_distorted() -> None:
    rgba = np.full((50, 100, 4), 255, np.uint8)
    alpha = resized(rgba, 64, pixel_art=False)[..., 3]
    assert (alpha[20:44] > 250).all()
    assert not alpha[:12].any()

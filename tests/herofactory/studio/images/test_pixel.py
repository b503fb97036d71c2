from __future__ import annotations

import hashlib

import numpy as np
import pytest
from PIL import Image, ImageFilter

from herofactory.studio.images.background import cut_out
from herofactory.studio.images.palette import named
from herofactory.studio.images.pixel import PixelArt, Pixels, outlined, pixelate
from herofactory.studio.jobs.request import PixelOptions
from tests.support.sketches import filled, photo
from tests.support.sprites import on_paper, spoilt, sprite

DARK = (10, 10, 14)


def opaque(rgb: Pixels) -> Pixels:
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])


def colours(art: PixelArt) -> int:
    return len(np.unique(art.pixels[art.pixels[..., 3] > 0], axis=0))


# SHA-256 of the decoded pixels, not of PNG files: another zlib packs the same pixels otherwise.
GOLDEN = {
    "own grid": "20b48404a687e77a0eb2f9d0f5a05b47d6ef8d86699a6d9ff6c8e8fc3472d8b1",
    "smooth": "cedff5c4968824f8f513c4f0af4d8fd82fc15de8e5fac21c679d34fa2e48b77e",
    "palette and outline": "32101f7a1dc41ed30fef42f8e5ca0b71256423ae0996b3e3903b769f8f65b994",
}


@pytest.mark.parametrize("name", GOLDEN)
def test_the_pixel_pass_gives_exactly_these_pixels(name: str) -> None:
    soft = Image.fromarray(on_paper(sprite(np.random.default_rng(1), 40), 13.3, 60, 75, 640, DARK)).filter(
        ImageFilter.GaussianBlur(1)
    )
    made = {
        "own grid": lambda: pixelate(cut_out(opaque(np.asarray(soft))).rgba, PixelOptions()),
        "smooth": lambda: pixelate(opaque(np.asarray(filled())), PixelOptions(48, 24)),
        "palette and outline": lambda: pixelate(
            cut_out(opaque(np.asarray(filled()))).rgba, PixelOptions(32, 16, "hero-32", outline=True)
        ),
    }[name]()
    assert hashlib.sha256(made.pixels.tobytes()).hexdigest() == GOLDEN[name]


@pytest.mark.parametrize("options", [PixelOptions(16, 2), PixelOptions(33, 7, outline=True), PixelOptions(128, 64)])
def test_the_result_has_the_grid_the_colours_and_the_alpha_that_were_asked_for(options: PixelOptions) -> None:
    art = pixelate(cut_out(opaque(np.asarray(filled()))).rgba, options)
    assert art.pixels.shape == (options.grid, options.grid, 4)
    assert colours(art) == len(art.palette) <= options.colours
    assert set(np.unique(art.pixels[..., 3])) == {0, 255}
    assert not art.pixels[art.pixels[..., 3] == 0].any()


@pytest.mark.parametrize("name", ["handheld-4", "home-16", "mono-2"])
@pytest.mark.parametrize("outline", [True, False])
def test_of_a_named_palette_no_other_colour_appears(name: str, outline: bool) -> None:
    art = pixelate(cut_out(opaque(np.asarray(filled()))).rgba, PixelOptions(40, 16, name, outline))
    assert {tuple(colour) for colour in art.palette} <= {tuple(colour) for colour in named(name)}


def test_a_sprite_that_fits_keeps_its_own_pixels() -> None:
    drawn = sprite(np.random.default_rng(4), 24)
    art = pixelate(drawn.repeat(16, axis=0).repeat(16, axis=1), PixelOptions(64, 32))
    rows, columns = (np.flatnonzero((drawn[..., 3] > 0).any(axis=axis)) for axis in (1, 0))
    cut = drawn[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    top, left = (64 - cut.shape[0]) // 2, (64 - cut.shape[1]) // 2
    assert art.grid is not None
    assert (art.pixels[top : top + cut.shape[0], left : left + cut.shape[1]] == cut).all()


@pytest.mark.parametrize("seed", [9, 14, 18])
def test_a_sprite_whose_edge_melts_into_dark_paper_is_found_by_the_grid_of_the_whole_picture(seed: int) -> None:
    rng = np.random.default_rng(seed)
    drawn = sprite(rng, 48)
    picture = opaque(spoilt(rng, on_paper(drawn, 18.7, 61.3, 58.9, 1024, DARK)))
    art = pixelate(cut_out(picture).rgba, PixelOptions(64, 64), picture)
    rows, columns = (np.flatnonzero((drawn[..., 3] > 0).any(axis=axis)) for axis in (1, 0))
    solid = art.pixels[..., 3] > 0
    assert art.grid is not None
    assert (np.ptp(rows), np.ptp(columns)) == tuple(np.ptp(np.flatnonzero(solid.any(axis=axis))) for axis in (1, 0))


def test_a_picture_without_transparency_fills_the_grid() -> None:
    assert (pixelate(opaque(np.asarray(photo())), PixelOptions(48))).pixels[..., 3].min() in (0, 255)
    square = opaque(np.asarray(photo(size=(512, 512))))
    assert (pixelate(square, PixelOptions(48)).pixels[..., 3] == 255).all()


def test_an_edge_between_two_surfaces_is_of_one_of_them_never_a_mixture() -> None:
    picture = np.zeros((256, 256, 3), np.uint8)
    picture[:, 100:] = (250, 240, 20)
    art = pixelate(opaque(picture), PixelOptions(16, 64))
    assert {tuple(colour) for colour in art.palette.tolist()} == {(0, 0, 0), (250, 240, 20)}


def test_an_outline_surrounds_everything_in_a_dark_colour_and_leaves_the_rest() -> None:
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[3:5, 3:5] = (220, 60, 60, 255)
    lined = outlined(pixels)
    assert (lined[..., 3] > 0).sum() == 4 + 8
    assert (lined[3:5, 3:5] == pixels[3:5, 3:5]).all()
    assert lined[2, 3, :3].astype(int).sum() < 200


def test_nothing_to_see_gives_nothing() -> None:
    art = pixelate(np.zeros((100, 100, 4), np.uint8), PixelOptions(32, outline=True))
    assert not art.pixels.any()
    assert len(art.palette) == 0


def test_enlarging_by_a_whole_number_repeats_every_pixel() -> None:
    art = pixelate(opaque(np.asarray(photo())), PixelOptions(16))
    large = art.enlarged(5)
    assert large.shape == (80, 80, 4)
    assert (large[2::5, 2::5] == art.pixels).all()

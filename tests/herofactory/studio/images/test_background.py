from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from herofactory.studio.images.background import SURE, Pixels, cut_out
from tests.support.sketches import photo

GROUNDS = [(8, 8, 10), (250, 250, 250), (60, 90, 60), (20, 20, 40)]


def picture(
    ground: tuple[int, int, int] = (8, 8, 10), *, slope: float = 0, noise: float = 0, side: int = 640
) -> Pixels:
    """A red ring with a hole and an eye, both in the colour of the ground. (side, side, 4)"""
    image = Image.new("RGB", (2 * side, 2 * side), ground)
    draw = ImageDraw.Draw(image)
    s = 2 * side / 100
    draw.ellipse((20 * s, 20 * s, 80 * s, 80 * s), fill=(210, 50, 50), outline=(120, 20, 60), width=int(2 * s))
    draw.ellipse((40 * s, 45 * s, 62 * s, 67 * s), fill=ground, outline=(120, 20, 60), width=int(2 * s))
    draw.ellipse((58 * s, 32 * s, 62 * s, 36 * s), fill=ground)
    rgb = np.asarray(image.resize((side, side), Image.Resampling.BOX)).astype(np.float32)
    rgb += np.linspace(-slope, slope, side, dtype=np.float32)[:, None, None]
    rgb += np.random.default_rng(1).normal(0, noise, rgb.shape)
    return np.dstack([np.clip(rgb, 0, 255).astype(np.uint8), np.full((side, side), 255, np.uint8)])


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize(("slope", "noise"), [(0, 0), (25, 0), (0, 5), (15, 3)])
def test_the_ground_goes_and_the_thing_stays(ground: tuple[int, int, int], slope: float, noise: float) -> None:
    cut = cut_out(picture(ground, slope=slope, noise=noise))
    alpha = cut.rgba[..., 3]
    assert cut.confidence >= SURE
    assert (alpha[:100] < 8).mean() > 0.999
    assert alpha[0, 0] == alpha[-1, -1] == alpha[320, 60] == 0
    assert alpha[200, 300] == alpha[450, 250] == 255


def test_a_large_hole_goes_and_an_eye_stays() -> None:
    alpha = cut_out(picture()).rgba[..., 3]
    assert alpha[int(640 * 0.56), int(640 * 0.51)] == 0
    assert alpha[int(640 * 0.34), int(640 * 0.6)] == 255


def test_the_edge_keeps_no_colour_of_the_ground() -> None:
    cut = cut_out(picture((250, 250, 250))).rgba
    edge = cut[(cut[..., 3] > 60) & (cut[..., 3] < 200)]
    assert len(edge) > 50
    assert edge[:, 1].mean() < 110  # between white ground (250) and dark red rim (20)


def test_a_painted_checkerboard_is_ground() -> None:
    rgba = picture((255, 255, 255))
    y, x = np.mgrid[0:640, 0:640]
    grey = ((y // 32 + x // 32) % 2 == 0) & (rgba[..., :3] > 250).all(axis=2)
    rgba[grey, :3] = 204
    alpha = cut_out(rgba).rgba[..., 3]
    assert (alpha[:100] == 0).all()
    assert alpha[200, 300] == 255


NOISE = np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)


@pytest.mark.parametrize("scene", [np.asarray(photo()), NOISE], ids=["photo", "noise"])
def test_a_picture_that_fills_its_frame_is_left_alone(scene: Pixels) -> None:
    rgba = np.dstack([scene, np.full(scene.shape[:2], 255, np.uint8)])
    cut = cut_out(rgba)
    assert cut.confidence < SURE
    assert cut.rgba is rgba


def test_nothing_but_ground_is_left_alone() -> None:
    rgba = np.full((300, 300, 4), 255, np.uint8)
    assert cut_out(rgba).rgba is rgba


def test_what_is_transparent_already_stays_as_it_is() -> None:
    rgba = picture()
    rgba[:100] = 0
    cut = cut_out(rgba)
    assert cut.confidence == 1
    assert cut.rgba is rgba


@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (17, 16)])
def test_pictures_of_odd_shapes_are_no_trouble(shape: tuple[int, int]) -> None:
    rgba = np.full((*shape, 4), 255, np.uint8)
    assert cut_out(rgba).rgba.shape == (*shape, 4)

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from herofactory.studio.images.cells import sampled
from herofactory.studio.images.grid import Axis, Grid, Pixels, find_grid
from tests.support.sprites import Enlarged, enlarged

SPRITES = 200


def is_recovered(grid: Grid | None, made: Enlarged) -> bool:
    """Every border of the sprite's pixels is a border of the grid, to a quarter of a cell, and none is skipped."""
    if grid is None:
        return False
    return all(
        np.abs(_borders(start, made)[:, None] - axis.edges(made.picture.shape[0])[None]).min(axis=1).max()
        < made.cell / 4
        and abs(axis.size / made.cell - 1) < 0.01
        for axis, start in ((grid.x, made.left), (grid.y, made.top))
    )


def _borders(start: float, made: Enlarged) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return start + made.cell * np.arange(made.sprite.shape[0] + 1)


def right_pixels(grid: Grid, made: Enlarged) -> float:
    """The share of the sprite's pixels whose colour came back, to 32 levels."""
    side, size = made.picture.shape[0], made.sprite.shape[0]
    x, y = grid.x.edges(side), grid.y.edges(side)
    opaque = np.dstack([made.picture, np.full((side, side), 255, np.uint8)])
    left, top = int(np.abs(x - made.left).argmin()), int(np.abs(y - made.top).argmin())
    found = sampled(opaque, x, y)[top : top + size, left : left + size, :3].astype(int)
    drawn = np.where(made.sprite[..., 3:] > 0, made.sprite[..., :3], 0).astype(int)
    solid = made.sprite[..., 3] > 0
    return float((np.abs(found - drawn).max(axis=2) < 32)[solid].mean())


def test_the_grid_of_nearly_every_spoilt_sprite_and_its_pixels_come_back() -> None:
    recovered, shares = 0, []
    for seed in range(SPRITES):
        made = enlarged(np.random.default_rng(seed))
        grid = find_grid(made.picture)
        if grid is not None and is_recovered(grid, made):
            recovered += 1
            shares.append(right_pixels(grid, made))
    assert recovered >= 0.95 * SPRITES
    assert np.mean(shares) > 0.99
    assert np.mean(np.array(shares) > 0.95) > 0.97


def noise(side: int) -> Pixels:
    return np.random.default_rng(1).integers(0, 256, (side, side, 3), np.uint8)


def drawing() -> Pixels:
    rng = np.random.default_rng(2)
    image = Image.new("RGB", (700, 700), "white")
    draw = ImageDraw.Draw(image)
    for _ in range(25):
        x, y, w, h = (int(value) for value in rng.integers(20, 400, 4))
        draw.ellipse((x, y, x + w, y + h), fill=tuple(int(value) for value in rng.integers(0, 256, 3)), outline="black")
    return np.asarray(image)


def box() -> Pixels:
    pixels = np.zeros((500, 500, 3), np.uint8)
    pixels[100:400, 150:350] = 200
    return pixels


@pytest.mark.parametrize(
    "picture",
    [noise(400), drawing(), box(), np.zeros((64, 64, 3), np.uint8), np.zeros((1, 1, 3), np.uint8), noise(5)],
    ids=["noise", "drawing", "box", "black", "one pixel", "tiny"],
)
def test_what_was_never_pixel_art_has_no_grid(picture: Pixels) -> None:
    assert find_grid(picture) is None


def test_cells_that_are_cut_off_by_half_are_left_out() -> None:
    assert Axis(10.0, -6.0).edges(30).tolist() == [4.0, 14.0, 24.0, 34.0]
    assert Axis(10.0, -4.0).edges(30).tolist() == [-4.0, 6.0, 16.0, 26.0]
    assert Axis(10.0, 0.0).edges(30).tolist() == [0.0, 10.0, 20.0, 30.0]

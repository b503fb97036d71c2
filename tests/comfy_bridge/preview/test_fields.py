"""Fields over a picture."""

from __future__ import annotations

import numpy as np

from comfy_bridge.preview.fields import blur, distance, fractal, grow, inflate


def test_the_distance_is_euclidean_and_the_border_counts_as_outside() -> None:
    mask = np.ones((40, 40), np.bool_)
    mask[20, 20] = False
    found = distance(mask, 30)
    assert found[20, 23] == 3
    assert found[17, 16] == 5
    assert found[0, 0] == 1


def test_growing_a_point_makes_a_disc_and_leaves_the_border_alone() -> None:
    mask = np.zeros((31, 31), np.bool_)
    mask[15, 15] = True
    y, x = np.indices(mask.shape)
    np.testing.assert_array_equal(grow(mask, 6), np.hypot(y - 15, x - 15) <= 6)


def test_a_film_is_highest_in_the_middle_and_nothing_outside() -> None:
    mask = np.zeros((64, 64), np.bool_)
    mask[10:54, 10:54] = True
    film = inflate(mask)
    assert film[32, 32] > film[14, 14] > 0
    assert film[5, 5] == 0


def test_noise_goes_on_at_the_opposite_edge() -> None:
    field = fractal(128, 128, (4, 4), np.random.default_rng(1))
    assert np.abs(field[0] - field[-1]).max() < 2 * np.abs(np.diff(field, axis=0)).max()


def test_a_blur_keeps_what_is_even() -> None:
    np.testing.assert_allclose(blur(np.full((64, 64), 0.5, np.float32), 9), 0.5, atol=1e-5)

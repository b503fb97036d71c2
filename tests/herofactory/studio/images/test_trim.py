from __future__ import annotations

import numpy as np

from herofactory.studio.images.trim import content_box, squared, trimmed


def test_what_can_be_seen_is_kept_and_put_in_the_middle_of_a_square() -> None:
    rgba = np.zeros((50, 80, 4), np.uint8)
    rgba[10:20, 30:70] = 255
    rgba[0, 0, 3] = 5  # nobody sees that
    assert content_box(rgba) == (30, 10, 70, 20)
    square = squared(trimmed(rgba), 0.1)
    assert square.shape == (48, 48, 4)
    assert content_box(square) == (4, 19, 44, 29)


def test_nothing_to_see_is_one_transparent_pixel() -> None:
    assert content_box(np.zeros((9, 9, 4), np.uint8)) is None
    assert trimmed(np.zeros((9, 9, 4), np.uint8)).tolist() == [[[0, 0, 0, 0]]]

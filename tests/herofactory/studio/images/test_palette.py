from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from herofactory.studio.images import oklab
from herofactory.studio.images.palette import PALETTES, chosen, named, nearest


def test_oklab_goes_there_and_back() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (5000, 3), np.uint8)
    assert (oklab.to_rgb(oklab.from_rgb(rgb)) == rgb).all()
    assert oklab.from_rgb(np.array([255, 255, 255], np.uint8)) == pytest.approx([1, 0, 0], abs=1e-4)


@pytest.mark.parametrize("name", PALETTES)
def test_a_named_palette_has_as_many_colours_as_its_name_says_and_one_for_outlines(name: str) -> None:
    colours = named(name)
    assert len(np.unique(colours, axis=0)) == len(colours) == int(name.rsplit("-", 1)[1])
    assert oklab.from_rgb(colours)[:, 0].min() < 0.3


def test_an_unknown_palette_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(KeyError, match=r"no palette 'neon'.*handheld-4"):
        named("neon")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 400), st.integers(1, 64))
def test_never_more_colours_than_asked_for_in_any_order_of_the_pixels(seed: int, pixels: int, most: int) -> None:
    rng = np.random.default_rng(seed)
    rgb = rng.integers(0, 256, (pixels, 3), np.uint8)
    colours = chosen(rgb, most)
    assert 1 <= len(colours) <= most
    assert (chosen(rng.permutation(rgb), most) == colours).all()


def test_few_enough_colours_are_kept_as_they_are() -> None:
    rgb = np.array([[10, 20, 30], [200, 10, 10], [10, 20, 30]], np.uint8)
    assert chosen(rgb, 2).tolist() == [[10, 20, 30], [200, 10, 10]]


def test_a_rare_colour_that_stands_out_is_not_lost_to_shades_of_a_common_one() -> None:
    shades = np.array([[value, value, value] for value in range(100, 140)] * 20, np.uint8)
    rgb = np.concatenate([shades, np.array([[255, 0, 0]] * 8, np.uint8)])
    assert (np.abs(chosen(rgb, 4).astype(int) - [255, 0, 0]).max(axis=1) < 12).any()


def test_the_nearest_colour_is_the_one_that_looks_most_alike() -> None:
    palette = np.array([[0, 0, 0], [255, 0, 0], [0, 0, 255]], np.uint8)
    assert nearest(np.array([[200, 30, 30], [20, 20, 180], [9, 9, 9]], np.uint8), palette).tolist() == [1, 2, 0]

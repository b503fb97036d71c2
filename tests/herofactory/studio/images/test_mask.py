from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from herofactory.studio.images.mask import Mask, distance, grown, label, shrunk, without_specks


@st.composite
def masks(draw: st.DrawFn) -> Mask:
    seed, share = draw(st.integers(0, 2**32 - 1)), draw(st.floats(0.1, 0.9))
    height, width = draw(st.integers(1, 20)), draw(st.integers(1, 20))
    return np.random.default_rng(seed).random((height, width)) < share


def flooded(mask: Mask, diagonal: bool) -> list[set[tuple[int, int]]]:
    """The regions, pixel by pixel."""
    left = set(zip(*(axis.tolist() for axis in np.nonzero(mask)), strict=True))
    regions = []
    while left:
        queue, region = [min(left)], set()
        while queue:
            y, x = queue.pop()
            if (y, x) in left:
                left.remove((y, x))
                region.add((y, x))
                queue += [(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if diagonal or not dy or not dx]
        regions.append(region)
    return regions


@settings(max_examples=60, deadline=None)
@given(masks(), st.booleans())
def test_regions_are_those_found_pixel_by_pixel_in_reading_order(mask: Mask, diagonal: bool) -> None:
    labels, count = label(mask, diagonal=diagonal)
    expected = flooded(mask, diagonal)
    assert count == len(expected)
    for number, region in enumerate(expected, 1):
        assert set(zip(*(axis.tolist() for axis in np.nonzero(labels == number)), strict=True)) == region
    assert not labels[~mask].any()


@settings(max_examples=60, deadline=None)
@given(masks(), st.integers(1, 9))
def test_distances_are_those_to_the_nearest_pixel_outside_or_beyond_the_edge(mask: Mask, reach: int) -> None:
    height, width = mask.shape
    outside = np.argwhere(~np.pad(mask, 1)) - 1
    expected = np.array(
        [[np.sqrt(((outside - (y, x)) ** 2).sum(axis=1)).min() for x in range(width)] for y in range(height)]
    )
    assert distance(mask, reach) == pytest.approx(np.minimum(expected, reach), abs=1e-5)


@settings(max_examples=30, deadline=None)
@given(masks(), st.integers(0, 4))
def test_shrinking_undoes_no_more_than_growing_added(mask: Mask, radius: int) -> None:
    closed = shrunk(grown(mask, radius), radius)
    assert (closed | mask == closed).all()


def test_specks_go_and_diagonal_lines_stay() -> None:
    mask = np.eye(10, dtype=bool)
    mask[0, 9] = True
    assert (without_specks(mask, 5) == np.eye(10, dtype=bool)).all()

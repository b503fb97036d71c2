"""Taking a line drawing apart."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from comfy_bridge.preview.regions import components, take_apart


def _frame(size: int = 256, gap: int = 0) -> np.ndarray:
    lines = np.zeros((size, size), np.bool_)
    lines[40:216, 40:216] = True
    lines[45:211, 45:211] = False
    lines[40:45, 100 : 100 + gap] = False
    return lines


def test_a_closed_line_encloses_one_region() -> None:
    drawing = take_apart(_frame())
    assert len(drawing.regions) == 1
    assert drawing.silhouette[128, 128]
    assert not drawing.silhouette[10, 10]


def test_a_gap_in_the_line_is_bridged() -> None:
    drawing = take_apart(_frame(gap=18))
    assert drawing.silhouette[128, 128]
    assert not drawing.silhouette[10, 10]


def test_a_region_within_another_knows_it() -> None:
    lines = _frame()
    lines[100:150, 100:150] = True
    lines[105:145, 105:145] = False
    outer, inner = take_apart(lines).regions
    assert inner.inside == outer.label
    assert outer.inside == 0


def test_an_open_stroke_is_a_region_of_its_own() -> None:
    lines = np.zeros((256, 256), np.bool_)
    lines[126:130, 30:220] = True
    (region,) = take_apart(lines).regions
    assert region.elongation > 5


@given(arrays.arrays(np.bool_, st.tuples(st.integers(1, 12), st.integers(1, 12))))
@settings(max_examples=60, deadline=None)
def test_components_are_what_a_flood_fill_finds(mask: np.ndarray) -> None:
    labels = components(mask)
    assert ((labels > 0) == mask).all()
    assert _partition(labels) == _partition(_flooded(mask))


def _partition(labels: np.ndarray) -> set[frozenset[int]]:
    flat = labels.ravel()
    return {frozenset(np.flatnonzero(flat == label).tolist()) for label in np.unique(flat[flat > 0])}


def _flooded(mask: np.ndarray) -> np.ndarray:
    labels = np.zeros(mask.shape, np.int32)
    for start in zip(*np.nonzero(mask), strict=True):
        if labels[start]:
            continue
        number, todo = int(labels.max()) + 1, [start]
        while todo:
            y, x = todo.pop()
            if 0 <= y < mask.shape[0] and 0 <= x < mask.shape[1] and mask[y, x] and not labels[y, x]:
                labels[y, x] = number
                todo += [(y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)]
    return labels

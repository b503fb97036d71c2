"""One colour for each cell of a grid, without mixing what lies on its two sides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from herofactory.studio.images.grid import Axis, Floats

Pixels = NDArray[np.uint8]

_SAMPLES = 6
"""Along each side of a cell."""
_INNER = 0.62
"""Share of a cell's side that is looked at: neighbours blur into the rest."""
_TWO = 40.0
"""Levels of 255: a cell whose samples differ more shows two things."""


def sampled(rgba: Pixels, x: Floats, y: Floats, *, inner: float = _INNER) -> Pixels:
    """(rows, columns, 4): the colour of most of each cell between the borders `x` and `y`, in pixels of `rgba`.

    Alpha is 0 or 255, by what more than half of the cell is.
    """
    column, row = _places(x, rgba.shape[1], inner), _places(y, rgba.shape[0], inner)
    rows, columns = len(y) - 1, len(x) - 1
    taken = rgba[row[:, None, :, None], column[None, :, None, :]].reshape(rows, columns, _SAMPLES**2, 4)
    solid = taken[..., 3] >= 128
    opaque = 2 * solid.sum(axis=2) > _SAMPLES**2
    seen = np.where(opaque[..., None], solid, True)  # what shines through is no colour of the cell
    out = np.zeros((rows, columns, 4), np.uint8)
    out[..., :3] = _dominant(taken[..., :3].astype(np.float32), seen)
    out[..., 3] = np.where(opaque, 255, 0)
    out[~opaque] = 0
    return out


def even(length: float, cells: int, start: float = 0.0) -> Floats:
    """Borders of `cells` equal cells over `length` pixels."""
    return start + np.arange(cells + 1, dtype=np.float64) * (length / cells)


def joined(axis: Axis, length: int, times: int) -> Floats:
    """Borders of every `times` cells of a grid taken as one."""
    edges = axis.edges(length)[::times]
    return edges if len(edges) > 1 else np.array([0.0, float(length)])


def _places(borders: Floats, length: int, inner: float) -> NDArray[np.intp]:
    """(cells, _SAMPLES): the pixels to look at along one axis."""
    along = 0.5 + inner * ((np.arange(_SAMPLES) + 0.5) / _SAMPLES - 0.5)
    places = borders[:-1, None] + np.diff(borders)[:, None] * along
    return np.clip(np.floor(places), 0, length - 1).astype(np.intp)


def _dominant(colours: NDArray[np.float32], seen: NDArray[np.bool_]) -> Pixels:
    """The mean of the samples, or of the larger of the two groups that they fall into. (..., n, 3) -> (..., 3)"""
    weight = seen.astype(np.float32)
    light = colours @ np.array([0.3, 0.55, 0.15], np.float32)
    low, high = np.where(seen, light, 255).min(axis=-1), np.where(seen, light, 0).max(axis=-1)
    bright = light > ((low + high) / 2)[..., None]
    most_bright = 2 * (bright * weight).sum(axis=-1) > weight.sum(axis=-1)
    group = weight * np.where((high - low > _TWO)[..., None], bright == most_bright[..., None], True)
    return np.round(_mean(colours, group)).astype(np.uint8)


def _mean(values: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.float32]:
    total = np.maximum(weight.sum(axis=-1), 1e-6)
    mean: NDArray[np.float32] = (values * weight[..., None]).sum(axis=-2) / total[..., None]
    return mean

"""Shapes in arrays of bool: regions, growing, shrinking, distances. Pictures of a million pixels in milliseconds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


def label(mask: Mask, *, diagonal: bool = False) -> tuple[NDArray[np.int32], int]:
    """(labels, count): each region numbered from 1 in reading order; 0 outside. Corners join where `diagonal`."""
    starts = mask.copy()
    starts[:, 1:] &= ~mask[:, :-1]
    runs = np.cumsum(starts, dtype=np.int32).reshape(mask.shape)
    runs[~mask] = 0
    parent = np.arange(int(starts.sum()) + 1, dtype=np.int32)
    pairs = [_pairs(runs[:-1], runs[1:])]
    if diagonal:
        pairs += [_pairs(runs[:-1, 1:], runs[1:, :-1]), _pairs(runs[:-1, :-1], runs[1:, 1:])]
    above, below = (np.concatenate(side) for side in zip(*pairs, strict=True))
    if above.size:
        fresh = np.ones(above.size, bool)  # two runs touch along many pixels: one pair is enough
        fresh[1:] = (above[1:] != above[:-1]) | (below[1:] != below[:-1])
        _join(parent, above[fresh], below[fresh])
    roots = np.unique(parent)
    number = np.zeros(parent.size, np.int32)
    number[roots] = np.arange(roots.size, dtype=np.int32)
    return number[parent][runs], roots.size - 1


def _pairs(one: NDArray[np.int32], other: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    touching = (one > 0) & (other > 0)
    return one[touching], other[touching]


def _join(parent: NDArray[np.int32], one: NDArray[np.int32], other: NDArray[np.int32]) -> None:
    """Every run points to the first run of its region. Each round at least halves the number of roots that touch."""
    while True:
        a, b = parent[one], parent[other]
        apart = a != b
        if not apart.any():
            return
        one, other, a, b = one[apart], other[apart], a[apart], b[apart]
        np.minimum.at(parent, np.maximum(a, b), np.minimum(a, b))
        while True:
            higher = parent[parent]
            if np.array_equal(higher, parent):
                break
            parent[:] = higher


def sizes(labels: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """Pixels of each region; [0] is what lies outside."""
    return np.bincount(labels.ravel(), minlength=count + 1)


def without_specks(mask: Mask, least: int) -> Mask:
    """`mask` without regions of fewer than `least` pixels; corners join."""
    labels, count = label(mask, diagonal=True)
    keep = sizes(labels, count) >= least
    keep[0] = False
    return keep[labels]


def shifted(mask: Mask, down: int, right: int) -> Mask:
    """Moved by at most one pixel; what comes in is False."""
    out = np.zeros_like(mask)
    height, width = mask.shape
    out[max(down, 0) : height + min(down, 0), max(right, 0) : width + min(right, 0)] = mask[
        max(-down, 0) : height + min(-down, 0), max(-right, 0) : width + min(-right, 0)
    ]
    return out


def grown(mask: Mask, radius: int) -> Mask:
    """Dilated by about a disc: steps of a cross and of a square in turn."""
    out = mask
    for step in range(radius):
        wide = out | shifted(out, 0, 1) | shifted(out, 0, -1)
        base = wide if step % 2 else out
        out = wide | shifted(base, 1, 0) | shifted(base, -1, 0)
    return out


def shrunk(mask: Mask, radius: int) -> Mask:
    """Eroded; beyond the edge of the picture everything counts as inside."""
    return ~grown(~mask, radius)


def distance(mask: Mask, reach: int) -> NDArray[np.float32]:
    """Euclidean distance of each pixel of `mask` to the nearest one outside, in pixels, at most `reach`."""
    height, width = mask.shape
    most = reach + 1
    rows = np.full((height + 2, width), -(2 * most), np.int32)
    rows[1:-1] = np.where(mask, -(2 * most), np.arange(1, height + 1, dtype=np.int32)[:, None])
    rows[0] = 0
    since = np.arange(height + 2)[:, None] - np.maximum.accumulate(rows, axis=0)
    rows[1:-1] = np.where(mask, 2 * most + height, np.arange(1, height + 1, dtype=np.int32)[:, None])
    rows[0], rows[-1] = 2 * most + height, height + 1
    until = np.minimum.accumulate(rows[::-1], axis=0)[::-1] - np.arange(height + 2)[:, None]
    column = np.minimum(np.minimum(since, until)[1:-1], most).astype(np.int32) ** 2
    padded = np.zeros((height, width + 2 * most), np.int32)
    padded[:, most:-most] = column
    best = column.copy()
    for aside in range(1, most):
        np.minimum(best, padded[:, most + aside : most + aside + width] + aside**2, out=best)
        np.minimum(best, padded[:, most - aside : most - aside + width] + aside**2, out=best)
    near: NDArray[np.float32] = np.minimum(np.sqrt(best.astype(np.float32)), np.float32(reach))
    return near

"""A line drawing taken apart: the silhouette, the areas that its lines enclose, and the lines themselves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from comfy_bridge.preview.fields import Field, Mask, distance, grow

Labels = NDArray[np.int32]
CLOSINGS = (2, 5, 10, 16)
"""Half the widest gap in the lines that is bridged, in pixels of a 512 pixel drawing: tried from the left."""
ENOUGH = 0.8
"""A closing suffices when it encloses this share of what the widest one does."""
SMALLEST = 60
"""Pixels: smaller areas belong to a neighbour."""
MOST = 40


@dataclass(frozen=True, slots=True)
class Region:
    label: int
    area: int
    #: top, bottom, left, right: half-open.
    box: tuple[int, int, int, int]
    centre: tuple[float, float]
    """y, x."""
    axis: tuple[float, float]
    """Unit vector along which it is longest: y, x."""
    elongation: float
    """Longest against shortest spread, at least 1."""
    inradius: float
    inside: int = 0
    """The label of the one region that goes all round it, if any."""


@dataclass(frozen=True, slots=True)
class Drawing:
    silhouette: Mask
    labels: Labels
    """Every pixel of the silhouette has a region's label, those of lines the nearest one's; 0 outside."""
    lines: Mask
    regions: tuple[Region, ...]
    """The largest first."""


def components(mask: Mask) -> Labels:
    """Areas connected by sides, numbered from 1; 0 outside the mask.

    Runs of each row are nodes, runs that touch in neighbouring rows are edges; labels sink along edges until they rest.
    """
    height, width = mask.shape
    flat = np.zeros((height, width + 2), np.int8)
    flat[:, 1:-1] = mask
    change = np.diff(flat, axis=1)
    row, start = np.nonzero(change == 1)
    end = np.nonzero(change == -1)[1]
    if not len(row):
        return np.zeros(mask.shape, np.int32)
    run_at = np.cumsum(change[:, :-1] == 1, dtype=np.int64).reshape(height, width) - 1
    upper, lower = np.nonzero(mask[:-1] & mask[1:])
    first, second = run_at[upper, lower], run_at[upper + 1, lower]
    parent = _settle(np.arange(len(row)), first, second)
    _, number = np.unique(parent, return_inverse=True)
    labels = np.zeros(mask.shape, np.int32)
    labels[mask] = np.repeat(number + 1, end - start)
    return labels


def _settle(parent: NDArray[np.int64], first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    while True:
        low = np.minimum(parent[first], parent[second])
        before = parent.copy()
        np.minimum.at(parent, before[first], low)
        np.minimum.at(parent, before[second], low)
        parent = parent[parent]
        if np.array_equal(parent, before):
            return parent


def outside(blocked: Mask) -> Mask:
    """What can be reached from the border."""
    free = np.pad(~blocked, 1, constant_values=True)
    labels = components(free)
    reached: Mask = labels == labels[0, 0]
    return reached[1:-1, 1:-1]


def enclosed(lines: Mask) -> Mask:
    """What the lines enclose, lines included; gaps are bridged as far as needed."""
    fills = [_closed(lines, radius) for radius in CLOSINGS]
    wanted = ENOUGH * np.count_nonzero(fills[-1] & ~lines)
    return next(fill for fill in fills if np.count_nonzero(fill & ~lines) >= wanted)


def _closed(lines: Mask, radius: int) -> Mask:
    away = outside(grow(lines, radius))
    return ~grow(away, radius) | lines


def take_apart(lines: Mask, thin: float = 3.0) -> Drawing:
    """`thin`: half the width of a pen line, pixels. Lines that enclose nothing become regions of their own."""
    filled = enclosed(lines)
    inner = filled & ~lines
    labels = _without_specks(components(inner))
    near = grow(labels > 0, round(4 * thin) + 2)
    strokes = _without_specks(components(lines & ~near))
    strokes[strokes > 0] += labels.max()
    silhouette = filled | lines | grow(strokes > 0, round(thin))
    labels = spread(labels + strokes, silhouette)
    if not labels.any():
        labels = silhouette.astype(np.int32)
    return Drawing(silhouette, labels, lines & ~grow(strokes > 0, 1), measure(labels, lines))


def _without_specks(labels: Labels) -> Labels:
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    order = np.argsort(-sizes, kind="stable")[:MOST]
    number = np.zeros(len(sizes), np.int32)
    kept = [label for label in order if sizes[label] >= SMALLEST]
    number[kept] = np.arange(1, len(kept) + 1)
    return number[labels]


def spread(labels: Labels, within: Mask, most: int = 160) -> Labels:
    """Labels grow into the rest of `within`, the nearest first."""
    labels = np.where(within, labels, 0).astype(np.int32)
    for _ in range(most):
        empty = within & (labels == 0)
        if not empty.any():
            break
        padded = np.pad(labels, 1)
        around = [padded[2:, 1:-1], padded[:-2, 1:-1], padded[1:-1, 2:], padded[1:-1, :-2]]
        best = np.maximum.reduce(around)
        grown = np.where(empty, best, labels)
        if np.array_equal(grown, labels):
            break
        labels = grown
    return labels


def measure(labels: Labels, lines: Mask) -> tuple[Region, ...]:
    depth = distance((labels > 0) & ~lines, 160)
    found = [_region(labels, label, depth) for label in range(1, int(labels.max()) + 1)]
    return tuple(sorted((region for region in found if region), key=lambda region: (-region.area, region.label)))


def _region(labels: Labels, label: int, depth: Field) -> Region | None:
    y, x = np.nonzero(labels == label)
    if not len(y):
        return None
    cy, cx = float(y.mean()), float(x.mean())
    spread_, vectors = np.linalg.eigh(np.cov(np.stack([y - cy, x - cx])) if len(y) > 1 else np.eye(2))
    ay, ax = vectors[:, 1]
    sign = -1.0 if (ay, ax) > (0.0, 0.0) else 1.0
    box = (int(y.min()), int(y.max()) + 1, int(x.min()), int(x.max()) + 1)
    return Region(
        label=label,
        area=len(y),
        box=box,
        centre=(cy, cx),
        axis=(float(sign * ay), float(sign * ax)),
        elongation=float(np.sqrt(max(spread_[1], 1e-6) / max(spread_[0], 1.0))),
        inradius=float(depth[y, x].max()),
        inside=_inside(labels, label, box),
    )


def _inside(labels: Labels, label: int, box: tuple[int, int, int, int]) -> int:
    top, bottom, left, right = max(0, box[0] - 2), box[1] + 2, max(0, box[2] - 2), box[3] + 2
    part = labels[top:bottom, left:right]
    ring = grow(part == label, 2) & (part != label)
    around = np.unique(part[ring])
    return int(around[0]) if len(around) == 1 else 0

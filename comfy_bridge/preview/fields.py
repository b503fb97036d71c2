"""Scalar fields over a picture: float32 arrays (height, width), coordinates in pixels, y downwards."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Field = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]
Rng = np.random.Generator


def resize(values: Field, width: int, height: int, resample: Image.Resampling = Image.Resampling.BICUBIC) -> Field:
    if values.shape == (height, width):
        return values
    image = Image.fromarray(np.ascontiguousarray(values, dtype=np.float32))
    return np.asarray(image.resize((width, height), resample), dtype=np.float32)


def field(values: Any) -> Field:
    return np.asarray(values, dtype=np.float32)


def clamp(values: Any, low: float = 0.0, high: float = 1.0) -> Field:
    return field(np.clip(values, low, high).astype(np.float32, copy=False))


def smoothstep(low: float, high: float, values: Field) -> Field:
    x = clamp((values - low) / (high - low))
    return field(x * x * (3 - 2 * x))


def box(field: Field, radius: int) -> Field:
    """The mean over a square of 2 * radius + 1; the border repeats."""
    if radius < 1:
        return field
    side = 2 * radius + 1
    for axis in (0, 1):
        pad = [(0, 0), (0, 0)]
        pad[axis] = (radius + 1, radius)
        total = np.cumsum(np.pad(field, pad, mode="edge"), axis=axis, dtype=np.float64)
        field = (_from(total, side, axis) - _until(total, -side, axis)).astype(np.float32) / np.float32(side)
    return field


def _from(total: NDArray[np.float64], start: int, axis: int) -> NDArray[np.float64]:
    return total[start:] if axis == 0 else total[:, start:]


def _until(total: NDArray[np.float64], end: int, axis: int) -> NDArray[np.float64]:
    return total[:end] if axis == 0 else total[:, :end]


def blur(field: Field, sigma: float) -> Field:
    """About a Gaussian. Wide ones are made on a smaller picture: they hold no more than that."""
    height, width = field.shape
    shrink = int(max(1, min(sigma / 3, width / 8, height / 8)))
    if shrink > 1:
        small = resize(field, max(1, width // shrink), max(1, height // shrink), Image.Resampling.BOX)
        return resize(_three_boxes(small, sigma / shrink), width, height)
    return _three_boxes(field, sigma)


def _three_boxes(field: Field, sigma: float) -> Field:
    radius = max(1, round(sigma * 0.95))
    return box(box(box(field, radius), radius), radius) if sigma >= 0.5 else field


def grow(mask: Mask, radius: int) -> Mask:
    """Dilated by a disc; what lies beyond the picture is not of the mask."""
    if radius < 1:
        return mask
    edge = radius + 1
    return (distance(~np.pad(mask, edge), edge) <= radius)[edge:-edge, edge:-edge]


def shrink(mask: Mask, radius: int) -> Mask:
    return ~grow(~mask, radius)


def distance(mask: Mask, reach: int) -> Field:
    """Euclidean distance of every pixel of the mask to the nearest one outside it, at most `reach`; 0 outside.

    Exact: along columns by running minima, then along rows the lower envelope over offsets up to `reach`. What lies
    beyond the picture counts as outside.
    """
    height, width = mask.shape
    rows = np.arange(1, height + 1, dtype=np.float32)[:, None]
    above = np.maximum.accumulate(np.where(mask, np.float32(0), rows), axis=0)
    below = np.minimum.accumulate(np.where(mask, np.float32(height + 1), rows)[::-1], axis=0)[::-1]
    column = np.minimum(np.minimum(rows - above, below - rows), np.float32(reach)) ** 2
    best = np.minimum(column, np.float32(reach) ** 2)
    padded = np.pad(column, ((0, 0), (reach, reach)))
    for offset in range(1, min(reach, width) + 1):
        squared = np.float32(offset * offset)
        np.minimum(best, padded[:, reach + offset : reach + offset + width] + squared, out=best)
        np.minimum(best, padded[:, reach - offset : reach - offset + width] + squared, out=best)
    return field(np.sqrt(best))


def inflate(mask: Mask) -> Field:
    """The shape of a soap film blown up over the mask: solves laplace(h) = -1 with h = 0 outside, coarse to fine."""
    height, width = mask.shape
    solid = mask.astype(np.float32)
    film = np.zeros((1, 1), np.float32)
    for scale in (32, 16, 8, 4, 2, 1):
        size = (max(1, width // scale), max(1, height // scale))
        inside = resize(solid, *size, Image.Resampling.BOX) > 0.5
        film = resize(film, *size, Image.Resampling.BILINEAR) * inside
        film = _relax(film, inside, np.float32(scale * scale), 40 if scale > 2 else 12)
    return film


def _relax(film: Field, inside: Mask, source: np.float32, times: int) -> Field:
    keep = inside.astype(np.float32) / 4
    for _ in range(times):
        around = np.pad(film, 1)
        film = (around[2:, 1:-1] + around[:-2, 1:-1] + around[1:-1, 2:] + around[1:-1, :-2] + source) * keep
    return film


def noise(height: int, width: int, cells: tuple[int, int], rng: Rng) -> Field:
    """Smooth noise, 0..1 with mean 0.5, that tiles; `cells` bumps down and across."""
    grid = rng.random(cells, dtype=np.float32)
    image = Image.fromarray(np.pad(grid, 3, mode="wrap"))
    inner = (3.0, 3.0, 3.0 + cells[1], 3.0 + cells[0])
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC, box=inner), dtype=np.float32)


def fractal(height: int, width: int, cells: tuple[int, int], rng: Rng, octaves: int = 4) -> Field:
    """Octaves of noise, each twice as fine and half as strong; it tiles."""
    total, weight, sum_ = np.zeros((height, width), np.float32), 1.0, 0.0
    for octave in range(octaves):
        finer = (min(cells[0] << octave, height), min(cells[1] << octave, width))
        total += weight * noise(height, width, finer, rng)
        sum_ += weight
        weight /= 2
    return total / np.float32(sum_)


def slopes(height: Field) -> tuple[Field, Field]:
    """How much it rises to the right and downwards, per pixel."""
    down, right = np.gradient(height)
    return field(right), field(down)

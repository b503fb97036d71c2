"""The grid of enlarged pixel art: how large its cells are and where they begin, under noise, blur and JPEG."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float64]

SMALLEST_CELL = 3.0
"""Pixels. Smaller cells are not told from texture."""
_FEWEST_CELLS = 6
_NOISE, _WEAKEST = 3.0, 12.0
"""Steps of colour below so many medians, or below so many of 255, are no edge."""
_CLEAR = 0.55
"""Share of the edges that must agree on one grid. Measured: enlarged sprites 0.7 to 1, drawings, noise below 0.46."""
_FEWEST_BORDERS = 5
"""Places with edges along each axis, and three times so many along both. A box has two, and lies on many a grid."""
_NEARLY = 0.86
"""A coarser grid is taken where it explains at least so much of what the best one does."""

_INSIDE = 35
"""Percentile: so many borders at least lie inside cells, and what they show is noise."""


@dataclass(frozen=True, slots=True)
class Axis:
    """Cells of `size` pixels along one axis; the first whole or partial one begins at `start`, -size < start <= 0."""

    size: float
    start: float

    def edges(self, length: int) -> Floats:
        """Borders of all cells that reach at least half into 0..length, in pixels; one more than there are cells."""
        first = 0 if self.start > -self.size / 2 else 1
        count = int(np.floor((length - self.start) / self.size + 0.5))
        return self.start + self.size * np.arange(first, max(count, first + 1) + 1, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Grid:
    x: Axis
    y: Axis
    agreement: float
    """0..1: the share of the picture's edges that lie on it."""


def find_grid(rgb: Pixels) -> Grid | None:
    """The grid of `rgb` (height, width, 3), or None where there is none to speak of."""
    if min(rgb.shape[:2]) < SMALLEST_CELL * _FEWEST_CELLS:
        return None
    across, down = _profile(rgb, 1), _profile(rgb, 0)
    size, agreement = _cell_size(across, down)
    borders = _borders(across), _borders(down)
    if agreement < _CLEAR or min(borders) < _FEWEST_BORDERS or sum(borders) < 3 * _FEWEST_BORDERS:
        return None
    x, y = _axis(across, size), _axis(down, size)
    return Grid(x, y, agreement)


def _profile(rgb: Pixels, axis: int) -> Floats:
    """How much edge lies before each column (axis 1) or row (axis 0). Index i is the border between i - 1 and i."""
    lines = (rgb if axis == 1 else rgb.swapaxes(0, 1))[:: max(rgb.shape[1 - axis] // 512, 1)]
    step = np.zeros((lines.shape[0], lines.shape[1] - 1), np.uint8)
    for channel in range(3):
        plane = np.ascontiguousarray(lines[..., channel])
        before, after = plane[:, :-1], plane[:, 1:]
        np.maximum(step, np.maximum(before, after) - np.minimum(before, after), out=step)
    noise = max(_NOISE * float(np.median(step[::4])), _WEAKEST)
    over = np.clip(step, noise, noise + 72)  # weak steps are noise or JPEG's blocks; strong ones count alike
    profile = np.zeros(rgb.shape[axis])
    sums = over.sum(axis=0, dtype=np.float64)
    profile[1:] = np.maximum(sums - np.percentile(sums, _INSIDE), 0)
    return profile


def _borders(profile: Floats) -> int:
    """At how many places there is an edge."""
    inner = profile[1:-1]
    peak = (inner >= profile[:-2]) & (inner > profile[2:]) & (inner > 0.05 * profile.max())
    return int(np.count_nonzero(peak))


def _spectrum(profile: Floats) -> tuple[Floats, NDArray[np.complex128]]:
    """(frequencies, sum of profile * exp(-2 pi i f x) as a share of its sum). Fine enough that no cell drifts."""
    length = 1 << int(np.ceil(np.log2(profile.size * 16)))
    total = profile.sum()
    spectrum = np.fft.rfft(profile, length)
    return np.arange(spectrum.size) / length, spectrum / total if total > 0 else np.zeros_like(spectrum)


def _cell_size(across: Floats, down: Floats) -> tuple[float, float]:
    """(pixels, agreement). Edges that lie on a grid lie on each finer one that divides it: the coarsest is meant."""
    longest = max(across.size, down.size)
    sizes = _candidates(longest)
    agreement = np.zeros(sizes.size)
    weight = across.sum() + down.sum()
    if weight <= 0:
        return SMALLEST_CELL, 0.0
    for profile in (across, down):
        frequencies, spectrum = _spectrum(profile)
        agreement += np.interp(1 / sizes, frequencies, np.abs(spectrum)) * profile.sum() / weight
    peaks = np.flatnonzero((agreement[1:-1] >= agreement[:-2]) & (agreement[1:-1] >= agreement[2:])) + 1
    if not peaks.size:
        return SMALLEST_CELL, 0.0
    best = agreement[peaks].max()
    coarsest = peaks[agreement[peaks] >= _NEARLY * best].max()
    return float(sizes[coarsest]), float(agreement[coarsest])


def _candidates(longest: int) -> Floats:
    """From one to the next the last border moves by a tenth of a cell: no peak is missed."""
    low, high = 1 / (longest / _FEWEST_CELLS), 1 / SMALLEST_CELL
    return 1 / np.arange(high, low, -0.1 / longest)


def _axis(profile: Floats, size: float) -> Axis:
    """Size and start along one axis: near `size` the agreement of this axis' own edges decides."""
    frequencies, spectrum = _spectrum(profile)
    near = np.flatnonzero(np.abs(frequencies * size - 1) < min(0.02, 0.5 * size / profile.size))
    if not near.size or profile.sum() <= 0:
        return Axis(size, 0.0)
    at = int(near[np.argmax(np.abs(spectrum[near]))])
    size = float(1 / frequencies[at])
    offset = float(-np.angle(spectrum[at]) / (2 * np.pi) * size)
    start = offset % size
    return Axis(size, start - size if start > 1e-9 else 0.0)

"""From shapes to lines one pixel wide, and from those to lines of one width."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from herofactory.studio.images.mask import Mask, distance, label

_AROUND = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))
"""(down, right) of the eight neighbours, clockwise from the one above: bits 0 to 7."""


def skeleton(mask: Mask) -> Mask:
    """The centre lines of `mask` (Zhang and Suen 1984), connected as it is."""
    inside = np.pad(mask, 1).astype(np.uint8)
    flat = inside.ravel()
    steps = [down * inside.shape[1] + right for down, right in _AROUND]
    alive = np.flatnonzero(flat)
    while True:
        before = alive.size
        for table in _tables():
            code = np.zeros(alive.size, np.uint8)
            for bit, step in enumerate(steps):
                code |= flat[alive + step] << np.uint8(bit)
            stays = table[code] > 0
            flat[alive[~stays]] = 0
            alive = alive[stays]
        if alive.size == before:
            return inside[1:-1, 1:-1].astype(bool)


def pruned(lines: Mask, longest: int) -> Mask:
    """Without side branches of at most `longest` pixels. Ends of what stays are put back; short lines alone stay."""
    short = np.pad(lines, 1).astype(np.uint8)
    full = short.copy()
    for _ in range(longest):
        short[1:-1, 1:-1] &= _counts()[_neighbours(short)] > 1
    ends = np.zeros_like(short)
    ends[1:-1, 1:-1] = short[1:-1, 1:-1] & (_counts()[_neighbours(short)] <= 1)
    for _ in range(longest):
        ends[1:-1, 1:-1] |= (_neighbours(ends) > 0) & (full[1:-1, 1:-1] == 1)
    kept = (short | ends)[1:-1, 1:-1].astype(bool)
    return kept | _untouched(lines, kept)


def drawn(lines: Mask, width: float, side: int) -> NDArray[np.uint8]:
    """`lines` (square) enlarged to `side` x `side`: white, round, smooth, `width` pixels wide, on black."""
    from PIL import Image, ImageFilter

    times = side / lines.shape[0]
    reach = int(width) + 4
    apart = distance(np.pad(~lines, reach, constant_values=True), reach)[reach:-reach, reach:-reach]
    near = Image.fromarray(np.round(apart * (240 / reach)).astype(np.uint8))
    wide = near.resize((side, side), Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(times))
    away = np.asarray(wide).astype(np.float32) * (reach / 240 * times)
    # The blur lifts the valley along a line by about half a pixel of its own.
    shade = np.clip((width / 2 + 0.45 * times - away) / 1.5 + 0.5, 0, 1)
    white: NDArray[np.uint8] = np.round(shade * 255).astype(np.uint8)
    return white


def _untouched(lines: Mask, kept: Mask) -> Mask:
    """Lines of which nothing was kept."""
    labels, count = label(lines, diagonal=True)
    lost = np.ones(count + 1, bool)
    lost[labels[kept]] = False
    lost[0] = False
    return lost[labels]


def _neighbours(padded: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """For each inner pixel the eight around it as bits."""
    height, width = padded.shape[0] - 2, padded.shape[1] - 2
    code = np.zeros((height, width), np.uint8)
    for bit, (down, right) in enumerate(_AROUND):
        code |= padded[1 + down : 1 + down + height, 1 + right : 1 + right + width] << np.uint8(bit)
    return code


@cache
def _counts() -> NDArray[np.uint8]:
    """How many groups of neighbours a code has; one or none: the end of a line."""
    bits = (np.arange(256)[:, None] >> np.arange(8)) & 1
    begins = (bits == 0) & (np.roll(bits, -1, axis=1) == 1)
    counts: NDArray[np.uint8] = begins.sum(axis=1).astype(np.uint8)
    counts[255] = 2  # surrounded: no end
    return counts


@cache
def _tables() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """For each code of neighbours 0 where the pixel goes, in the two halves of a round."""
    bits = (np.arange(256)[:, None] >> np.arange(8)) & 1
    count = bits.sum(axis=1)
    rises = ((bits == 0) & (np.roll(bits, -1, axis=1) == 1)).sum(axis=1)
    rim = (count >= 2) & (count <= 6) & (rises == 1)
    north, east, south, west = bits[:, 0], bits[:, 2], bits[:, 4], bits[:, 6]
    first = rim & (north * east * south == 0) & (east * south * west == 0)
    second = rim & (north * east * west == 0) & (north * south * west == 0)
    return (~first).astype(np.uint8), (~second).astype(np.uint8)

"""The pixel pass: a picture that looks like pixel art becomes pixel art."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from herofactory.studio.images import cells, oklab, palette
from herofactory.studio.images.grid import Grid, find_grid
from herofactory.studio.images.palette import Colours
from herofactory.studio.jobs.request import PixelOptions

Pixels = NDArray[np.uint8]

_FILLED = 0.6
"""Cells of the picture's own are taken when they fill at least so much of what was asked for; else it is cut evenly."""
_SURFACES = 12
"""So many of its own colours a picture has at most before they become those of a palette."""
_DARKEST = 0.45
"""Lightness 0..1 of an outline's colour at most."""


@dataclass(frozen=True, slots=True)
class PixelArt:
    pixels: Pixels
    """(grid, grid, 4); alpha is 0 or 255, and transparent pixels are all zero."""
    palette: Colours
    """(n, 3): the colours that occur."""
    grid: Grid | None
    """What was found in the picture; None: it had no grid and was cut into equal cells."""

    def enlarged(self, times: int) -> Pixels:
        """Every pixel as `times` x `times`."""
        return self.pixels.repeat(times, axis=0).repeat(times, axis=1)


def pixelate(rgba: Pixels, options: PixelOptions, whole: Pixels | None = None) -> PixelArt:
    """`rgba` (height, width, 4) on `options.grid` x `options.grid` pixels, few colours, alpha of one bit.

    What is transparent round the picture is cut off, the rest centred; one without transparency fills the grid.
    `whole`: the same picture before its ground was taken away. What is cut out frays where thing and ground are alike,
    and a grid that the whole shows plainly (3 of 30 sprites on dark paper) is lost in that.
    Raises KeyError for an unknown palette.
    """
    colours = palette.named(options.palette) if options.palette else None
    room = options.grid - 2 * options.outline
    grid = find_grid(np.ascontiguousarray((rgba if whole is None else whole)[..., :3]))
    small = _own_cells(rgba, grid, room) if grid else None
    if small is None:
        grid, small = None, _equal_cells(rgba, room)
    small = _reduced(small, colours, options.colours - options.outline)
    out = _centred(small, options.grid)
    if options.outline:
        out = outlined(out, colours)
    return PixelArt(out, np.unique(out[out[..., 3] > 0][:, :3], axis=0), grid)


def outlined(pixels: Pixels, colours: Colours | None = None) -> Pixels:
    """A dark line of one pixel round what is opaque, of `colours` or of a darker shade of the picture's own darkest."""
    solid = pixels[..., 3] > 0
    if solid.all() or not solid.any():
        return pixels
    known = np.unique(pixels[solid][:, :3], axis=0) if colours is None else colours
    lab = oklab.from_rgb(known)
    darkest = lab[lab[:, 0].argmin()]
    if colours is None:
        darkest = darkest * (min(_DARKEST, float(darkest[0]) * 0.6) / max(float(darkest[0]), 1e-6))
    padded = np.pad(solid, 1)
    near = padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:]
    out = pixels.copy()
    out[near & ~solid] = (*oklab.to_rgb(darkest[None])[0], 255)
    return out


def _own_cells(rgba: Pixels, grid: Grid, room: int) -> Pixels | None:
    """The picture's own cells, or the fewest of them taken together that fit; None where that leaves too little."""
    single = _cut(cells.sampled(rgba, cells.joined(grid.x, rgba.shape[1], 1), cells.joined(grid.y, rgba.shape[0], 1)))
    times = -(-max(single.shape[:2]) // room)
    if times == 1:
        return single
    small = _cut(
        cells.sampled(
            rgba, cells.joined(grid.x, rgba.shape[1], times), cells.joined(grid.y, rgba.shape[0], times), inner=0.95
        )
    )
    return small if _FILLED * room <= max(small.shape[:2]) <= room else None


def _equal_cells(rgba: Pixels, room: int) -> Pixels:
    solid = rgba[..., 3] >= 128
    rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
    if not rows.size:
        return np.zeros((room, room, 4), np.uint8)
    top, left = int(rows[0]), int(columns[0])
    height, width = int(rows[-1]) + 1 - top, int(columns[-1]) + 1 - left
    cell = max(height, width) / room
    down, across = (min(room, max(1, round(length / cell))) for length in (height, width))
    return cells.sampled(
        rgba, cells.even(across * cell, across, left + (width - across * cell) / 2),
        cells.even(down * cell, down, top + (height - down * cell) / 2), inner=0.95,
    )  # fmt: skip


def _cut(small: Pixels) -> Pixels:
    solid = small[..., 3] > 0
    rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
    return small[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if rows.size else small[:1, :1]


def _reduced(small: Pixels, colours: Colours | None, most: int) -> Pixels:
    solid = small[..., 3] > 0
    if not solid.any():
        return small
    seen = small[solid][:, :3]
    own = palette.chosen(seen, max(most, 1) if colours is None else min(len(colours), _SURFACES))
    # By way of the picture's own colours: shades of one surface go to one colour of a palette.
    shown = own if colours is None else colours[palette.nearest(own, colours)]
    out = small.copy()
    out[solid, :3] = shown[palette.nearest(seen, own)]
    return out


def _centred(small: Pixels, side: int) -> Pixels:
    """In the middle of side x side; round an opaque picture its edge goes on, round any other there is nothing."""
    top, left = (side - small.shape[0]) // 2, (side - small.shape[1]) // 2
    around = ((top, side - small.shape[0] - top), (left, side - small.shape[1] - left), (0, 0))
    return np.pad(small, around, mode="edge" if (small[..., 3] > 0).all() else "constant")

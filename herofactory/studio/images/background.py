"""Background to alpha without a model: what looks like the border and hangs together with it goes.

Made for icons on a plain, graded or two-coloured ground, as presets ask for them. Not for scenes: a picture whose
border shows no common colour is left alone, and the confidence says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from herofactory.studio.images.mask import Mask, grown, label, shrunk, sizes, without_specks

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

SURE = 0.5
"""Confidence from which the background is taken away."""
_WORK = 512
"""Longest side, in pixels, of the copy in which regions are looked for."""
_NARROWEST = 14.0
_NOISE = 4.6
"""What differs from the ground by fewer levels (Euclidean, RGB) or times its noise is ground."""
_GRAINY, _SOLID = 0.12, 0.85
"""Of how the thing beside it differs from the ground: a pixel that does so less is clear, one that does more solid."""
_CHECKERS = 4
"""A second colour is ground too where it and the first take turns so often along every side, as painted checkers do."""
_MOST_NOISE = 12.0
"""A border rougher than this is part of the picture."""
_HOLE = 0.006
"""Share of the picture: a smaller enclosed patch in the colour of the ground is an eye or a gleam and stays."""
_SPECK = 0.0001
"""Share of the picture: what is smaller and stands alone is noise of the ground, no spark."""


@dataclass(frozen=True, slots=True)
class Cutout:
    rgba: Pixels
    confidence: float
    """0..1; below SURE nothing was taken away."""


@dataclass(frozen=True, slots=True)
class _Ground:
    """Colours of the ground: a slope over the picture for each. (n, 3 channels, constant, per x, per y)"""

    slopes: Floats
    noise: float
    support: float
    """Share of the border that it explains."""

    def apart(self, rgb: Pixels, box: tuple[slice, slice] = (slice(None), slice(None))) -> Floats:
        """How far each pixel in `box` of the picture is from the ground, in levels."""
        down, across = _along(rgb.shape[0])[box[0], None], _along(rgb.shape[1])[None, box[1]]
        best = np.full((down.size, across.size), np.inf, np.float32)
        for slope in self.slopes:
            total = np.zeros(best.shape, np.float32)
            for channel, (constant, aside, below) in enumerate(slope):
                off = rgb[(*box, channel)] - (constant + aside * across + below * down)
                total += off * off
            np.minimum(best, total, out=best)
        root: Floats = np.sqrt(best)
        return root

    def colour(self, rgb: Floats, y: NDArray[np.intp], x: NDArray[np.intp], shape: tuple[int, int]) -> Floats:
        """Of the ground behind the pixels `rgb` (n, 3) at y, x: the nearest of its colours."""
        place = np.stack([np.ones(len(x)), _along(shape[1])[x], _along(shape[0])[y]], axis=1).astype(np.float32)
        options = np.stack([place @ slope.T for slope in self.slopes])
        nearest = ((options - rgb) ** 2).sum(axis=2).argmin(axis=0)
        colours: Floats = options[nearest, np.arange(len(x))]
        return colours


def cut_out(rgba: Pixels) -> Cutout:
    """`rgba` (height, width, 4) with the ground transparent. One that has transparency already comes back as it is."""
    if (rgba[..., 3] < 128).mean() > 0.01:
        return Cutout(rgba, 1.0)
    step = max(1, -(-max(rgba.shape[:2]) // _WORK))
    small = rgba[::step, ::step, :3]
    ground = _ground(small)
    if ground is None:
        return Cutout(rgba, 0.0)
    least = max(_NARROWEST, _NOISE * ground.noise)
    outside = _outside(ground.apart(small), least)
    confidence = _confidence(ground, outside)
    if confidence < SURE:
        return Cutout(rgba, confidence)
    return Cutout(_faded(rgba, ground, outside.repeat(step, 0).repeat(step, 1), least, step), confidence)


def _along(length: int) -> Floats:
    return np.linspace(-1, 1, length, dtype=np.float32)


def _ground(small: Pixels) -> _Ground | None:
    """From the border: one colour that may change evenly over the picture; a second one where that leaves much over."""
    height, width = small.shape[:2]
    wide = max(2, min(height, width) // 64)
    ring = np.ones((height, width), bool)
    ring[wide:-wide, wide:-wide] = False
    y, x = np.nonzero(ring)
    seen, places = (
        small[y, x].astype(np.float32),
        np.stack([np.ones(len(x)), _along(width)[x], _along(height)[y]], axis=1),
    )
    slopes: list[NDArray[np.float64]] = []
    noises: list[float] = []
    left = np.ones(len(x), bool)
    for _ in range(2):
        if left.mean() < 0.08:
            break
        slope, near = _slope(seen, places, left)
        if near.mean() < 0.12 or (slopes and _changes(near, ring) < _CHECKERS):
            break
        slopes.append(slope)
        off = np.sqrt(((seen[near] - places[near] @ slope.T) ** 2).sum(axis=1))
        noises.append(float(np.percentile(off, 98)) / 3)  # of normal noise that many are within 3.1 of its deviations
        left &= ~near
    if not slopes or max(noises) > _MOST_NOISE:
        return None
    return _Ground(np.array(slopes, np.float32), max(noises), 1 - float(left.mean()))


def _changes(near: Mask, ring: Mask) -> int:
    """How often the colour changes along that side of the picture where it does so least."""
    shown = np.zeros(ring.shape, np.int8)
    shown[ring] = near
    sides = (shown[0], shown[-1], shown[:, 0], shown[:, -1])
    return min(int(np.count_nonzero(np.diff(side))) for side in sides)


def _slope(seen: Floats, places: NDArray[np.float64], left: Mask) -> tuple[NDArray[np.float64], Mask]:
    """(3 x 3 slope, which of the border it explains): begins at the commonest colour, then fits what lies near."""
    bins = (seen[left] // 16).astype(np.int64) @ np.array([256, 16, 1])
    common = np.bincount(bins).argmax()
    start = np.median(seen[left][bins == common], axis=0)
    slope = np.zeros((3, 3))
    slope[:, 0] = start
    near = left
    for reach in (56.0, 44.0, 34.0, 28.0):
        near = left & (np.sqrt(((seen - places @ slope.T) ** 2).sum(axis=1)) < reach)
        if near.sum() < 16:
            break
        slope = np.linalg.lstsq(places[near], seen[near].astype(np.float64), rcond=None)[0].T
    return slope, near


def _outside(apart: Floats, least: float) -> Mask:
    """The ground: what hangs together with the border without passing a gap of a pixel or two, and large holes."""
    like = apart < least
    labels, count = label(shrunk(like, 2))
    if not count:
        return like & False
    area = sizes(labels, count)
    border = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    roughness = np.bincount(labels.ravel(), apart.ravel(), count + 1) / np.maximum(area, 1)
    gone = (area > _HOLE * like.size) & (roughness < least * 0.5)
    gone[border] = True
    gone[0] = False
    outside = grown(gone[labels], 3) & like
    return ~without_specks(~outside, max(8, round(_SPECK * like.size)))


def _confidence(ground: _Ground, outside: Mask) -> float:
    """Low where the border is many-coloured or rough, and where nearly nothing or nearly everything would go."""
    share = float(outside.mean())
    plain = np.clip((ground.support - 0.6) / 0.25, 0, 1) * np.clip(1.5 - ground.noise / _MOST_NOISE, 0, 1)
    return round(float(plain * np.clip(share / 0.06, 0, 1) * np.clip((1 - share) / 0.004, 0, 1)), 3)


def _faded(rgba: Pixels, ground: _Ground, outside: Mask, least: float, step: int) -> Pixels:
    """Alpha 0 outside; at the edge by how much of the ground shines through, that much of its colour taken out."""
    outside = outside[: rgba.shape[0], : rgba.shape[1]]
    out = rgba.copy()
    out[outside] = 0
    box = _box(~outside, 3 * step)
    band = grown(outside[box], 2 * step) & ~shrunk(outside[box], 2 * step)
    apart = ground.apart(rgba[..., :3], box)
    y, x = np.nonzero(band)
    full = np.maximum(_most_near(apart)[y, x], least)
    alpha = np.clip((apart[y, x] / full - _GRAINY) / (_SOLID - _GRAINY), 0, 1)
    seen = rgba[box][y, x, :3].astype(np.float32)
    behind = ground.colour(seen, y + box[0].start, x + box[1].start, outside.shape)
    clean = behind + (seen - behind) / np.maximum(alpha, 0.2)[:, None]
    part = out[box]
    part[y, x, :3] = np.where(alpha[:, None] > 0, np.clip(np.round(clean), 0, 255), 0).astype(np.uint8)
    part[y, x, 3] = np.round(alpha * 255).astype(np.uint8)
    return out


def _box(mask: Mask, wider: int) -> tuple[slice, slice]:
    """Where `mask` is, and `wider` pixels round it."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return (
        slice(max(int(rows[0]) - wider, 0), int(rows[-1]) + 1 + wider),
        slice(max(int(columns[0]) - wider, 0), int(columns[-1]) + 1 + wider),
    )


def _most_near(apart: Floats) -> Floats:
    """The largest value within two pixels: how the thing differs from the ground where nothing shines through."""
    out = np.pad(apart, 2, mode="edge")
    for _ in range(2):
        out = np.maximum.reduce([out[at : out.shape[0] - 4 + at] for at in range(5)]).T
    return out

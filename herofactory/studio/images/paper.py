"""Telling ink from paper: on white, on black, on coloured or unevenly lit paper, on none at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from herofactory.studio.images.mask import Mask, grown, label, without_specks

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]
Polarity = Literal["dark-on-light", "light-on-dark"]

_FAINTEST = 14.0
"""Levels of 255: what differs less from the paper is the paper's grain."""
_NOISE = 6.0
_GRAIN = 5.0
"""Levels: what is rougher may be a scene rather than paper."""
_STRONG, _WEAK = 0.32, 0.16
"""Shares of the strongest ink: strong ink counts, and weak ink that hangs together with it."""
_SPECK = 1.2e-5
"""Share of the picture; smaller spots are dirt."""
_LEAST = 0.025
"""Share of the longer side; a drawing smaller than that is none."""
_COARSE = 8
"""The paper's colour is worked out at every so many pixels."""
_STEP = 24
_FEW_COLOURS = 0.62
_PAPER = 0.55
"""A photo is where the 8 commonest colours (in steps of 24 levels) and the paper cover less than these shares."""


@dataclass(frozen=True, slots=True)
class Separated:
    rgb: Floats
    """(height, width, 3) on paper."""
    ink: Mask
    polarity: Polarity
    blank: bool
    photo: bool


def separate(rgba: Pixels) -> Separated:
    rgb = _on_paper(rgba)
    paper = _paper(rgb)
    apart = np.abs(rgb - paper).max(axis=2)
    near = apart < 2 * _FAINTEST
    grain = float(np.median(apart[near])) if near.any() else 0.0
    least = max(_FAINTEST, _NOISE * grain)
    photo = _is_photo(rgb - paper, float((apart < least).mean()) if grain < _GRAIN else 0.0)
    ink = _ink(apart, least)
    darker = not ink.any() or float(rgb[ink].mean()) < float(paper[ink].mean())
    return Separated(rgb, ink, "dark-on-light" if darker else "light-on-dark", not photo and _is_blank(ink), photo)


def _on_paper(rgba: Pixels) -> Floats:
    """Transparent pixels are paper: white under a drawing whose rim is dark, black under one whose rim is light."""
    rgb, alpha = rgba[..., :3].astype(np.float32), rgba[..., 3:].astype(np.float32) / 255
    clear = rgba[..., 3] < 128
    if not (rgba[..., 3] < 255).any():
        return rgb
    rim = grown(clear, 3) & (rgba[..., 3] > 48)
    seen = rim if rim.any() else rgba[..., 3] > 48
    light = (rgb[seen].mean(axis=1) * alpha[seen, 0]).sum() / max(float(alpha[seen].sum()), 1e-6)
    sheet = 0.0 if light > 140 else 255.0
    composed: Floats = (rgb * alpha + np.float32(sheet) * (1 - alpha)).astype(np.float32)
    return composed


def _paper(rgb: Floats) -> Floats:
    """The colour of the paper at every pixel: begins at the commonest colour, bends with the light that falls on it."""
    height, width = rgb.shape[:2]
    step = max(1, max(height, width) // 160)
    small = rgb[::step, ::step]
    seen, places = small.reshape(-1, 3), _terms(*small.shape[:2]).reshape(-1, 6)
    surface = np.zeros((6, 3))
    surface[0] = _commonest(small)
    for reach in (60.0, 48.0, 36.0, 28.0):
        near = np.abs(seen - places @ surface).max(axis=1) < reach
        if near.sum() < 60:
            break
        surface = np.linalg.lstsq(places[near], seen[near].astype(np.float64), rcond=None)[0]
    coarse = _terms(-(-height // _COARSE) + 1, -(-width // _COARSE) + 1) @ surface
    return _spread(np.clip(coarse, 0, 255).astype(np.float32), width, height)


def _spread(coarse: Floats, width: int, height: int) -> Floats:
    """Each channel at full size, straight from point to point."""
    from PIL import Image

    planes = [Image.fromarray(coarse[..., channel]) for channel in range(3)]
    full = [np.asarray(plane.resize((width, height), Image.Resampling.BILINEAR)) for plane in planes]
    return np.stack(full, axis=2)


def _commonest(small: Floats) -> NDArray[np.float64]:
    """Of the border where most of that is of one colour, else of all."""
    height, width = small.shape[:2]
    wide = max(1, min(height, width) // 24)
    ring = np.ones((height, width), bool)
    ring[wide:-wide, wide:-wide] = False
    for part, share in ((small[ring], 0.5), (small.reshape(-1, 3), 0.0)):
        bins = (part // 32).astype(np.int64) @ np.array([64, 8, 1])
        counts = np.bincount(bins)
        if counts.max() >= share * len(part):
            break
    colour: NDArray[np.float64] = np.median(part[bins == counts.argmax()], axis=0).astype(np.float64)
    return colour


def _terms(height: int, width: int) -> Floats:
    y, x = np.linspace(-1, 1, height, dtype=np.float32)[:, None], np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    one = np.ones((height, width), np.float32)
    terms: Floats = np.stack([one, one * x, one * y, one * x * x, one * y * y, x * y], axis=2)
    return terms


def _is_photo(apart: Floats, paper: float) -> bool:
    """`paper`: the share of the picture that is paper for sure."""
    if paper > _PAPER:
        return False
    step = max(1, max(apart.shape) // 400)
    bins = (np.round(apart[::step, ::step].reshape(-1, 3) / _STEP).astype(np.int64) + 11) @ np.array([529, 23, 1])
    counts = np.sort(np.bincount(bins))[::-1]
    return bool(counts[:8].sum() < _FEW_COLOURS * counts.sum())


def _ink(apart: Floats, least: float) -> Mask:
    over = apart > least
    if not over.any():
        return over
    strongest = float(np.percentile(apart[over], 97))
    weak = apart > max(least, _WEAK * strongest)
    strong = apart > max(least, _STRONG * strongest)
    labels, count = label(weak, diagonal=True)
    keep = np.zeros(count + 1, bool)
    keep[np.unique(labels[strong])] = True
    keep[0] = False
    return without_specks(keep[labels], max(3, round(_SPECK * apart.size)))


def _is_blank(ink: Mask) -> bool:
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not rows.size:
        return True
    extent = max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1
    return bool(extent < _LEAST * max(ink.shape))

"""Lines in a picture that has none: where brightness or colour changes (Canny 1986), and thin dark or light strokes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from herofactory.studio.images.mask import Mask, label

Pixels = NDArray[np.uint8]

_WEAKEST = 16.0
"""Slope (Sobel, levels of 255) below which nothing is an edge."""
_STRONGEST_SHARE = 0.9
"""Of the slopes above that, so many are weak: only one in ten begins an edge."""
_LOW = 0.4
_STROKE = 13
"""Pixels; wider than that is no stroke but a surface. Odd."""
_CONTRAST = 36


def edges(rgb: Pixels, blur: float) -> Mask:
    """Lines of one or two pixels. `blur` (pixels) is the size of detail that is passed over."""
    from PIL import Image, ImageFilter

    soft = np.asarray(Image.fromarray(rgb).filter(ImageFilter.GaussianBlur(blur))).astype(np.float32)
    across, down = _slopes(soft)
    steep = np.hypot(across, down)
    over = steep[steep > _WEAKEST]
    if not over.size:
        return np.zeros(steep.shape, bool)
    high = max(1.8 * _WEAKEST, 0.45 * float(np.quantile(over, _STRONGEST_SHARE)))
    ridge = _ridge(steep, across, down)
    labels, count = label(ridge & (steep > max(_WEAKEST, _LOW * high)), diagonal=True)
    keep = np.zeros(count + 1, bool)
    keep[np.unique(labels[ridge & (steep > high)])] = True
    keep[0] = False
    return keep[labels]


def strokes(rgb: Pixels) -> Mask:
    """Thin strokes on a surface, darker or lighter than it."""
    from PIL import Image

    grey = np.asarray(Image.fromarray(rgb).convert("L"))
    closed = _running(_running(grey, np.maximum), np.minimum).astype(np.int16)
    opened = _running(_running(grey, np.minimum), np.maximum).astype(np.int16)
    here = grey.astype(np.int16)
    stroke: Mask = np.maximum(closed - here, here - opened) > _CONTRAST
    return stroke


def _running(grey: NDArray[np.uint8], most: np.ufunc) -> NDArray[np.uint8]:
    """The largest or smallest value in the square of _STROKE pixels round each."""
    half = _STROKE // 2
    out = np.pad(grey, half, mode="edge")
    for _ in range(2):  # down, then, transposed, across
        length = out.shape[0] - 2 * half
        reach = 1  # doubled: out[i] holds the most of `reach` rows from i on
        while 2 * reach <= _STROKE:
            out = most(out[: out.shape[0] - reach], out[reach:])
            reach *= 2
        out = most(out[:length], out[_STROKE - reach : _STROKE - reach + length]).T
    return out


def _slopes(soft: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Of the channel that changes most at each pixel; Sobel, divided by two."""
    padded = np.pad(soft, ((1, 1), (1, 1), (0, 0)), mode="edge")
    smooth = padded[:-2] + 2 * padded[1:-1] + padded[2:]
    across = (smooth[:, 2:] - smooth[:, :-2]) * np.float32(0.5)
    smooth = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
    down = (smooth[2:] - smooth[:-2]) * np.float32(0.5)
    most = (across**2 + down**2).argmax(axis=2)[..., None]
    return np.take_along_axis(across, most, 2)[..., 0], np.take_along_axis(down, most, 2)[..., 0]


def _ridge(steep: NDArray[np.float32], across: NDArray[np.float32], down: NDArray[np.float32]) -> Mask:
    """Pixels that are steepest along their own slope, told in eight directions."""
    padded = np.pad(steep, 1)
    height, width = steep.shape
    level, upright = np.abs(across) > 2.414 * np.abs(down), np.abs(down) > 2.414 * np.abs(across)
    same = (across * down) > 0
    ridge = np.zeros(steep.shape, bool)
    for which, (y, x) in (
        (level, (0, 1)),
        (upright & ~level, (1, 0)),
        (~level & ~upright & same, (1, 1)),
        (~level & ~upright & ~same, (1, -1)),
    ):
        ahead = padded[1 + y : 1 + y + height, 1 + x : 1 + x + width]
        behind = padded[1 - y : 1 - y + height, 1 - x : 1 - x + width]
        ridge |= which & (steep >= ahead) & (steep > behind)
    return ridge

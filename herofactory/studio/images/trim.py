"""Nothing round it, then as much as wanted: trimmed, centred, square."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Box = tuple[int, int, int, int]
"""left, top, right, bottom; right and bottom are the first outside."""

_SEEN = 8
"""Alpha of 255 below which nobody sees a pixel."""


def content_box(rgba: Pixels) -> Box | None:
    """What can be seen of `rgba`; None: nothing."""
    solid = rgba[..., 3] >= _SEEN
    rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
    if not rows.size:
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def trimmed(rgba: Pixels) -> Pixels:
    """Without transparent borders; one transparent pixel where nothing can be seen."""
    box = content_box(rgba)
    return rgba[box[1] : box[3], box[0] : box[2]] if box else np.zeros((1, 1, 4), np.uint8)


def squared(rgba: Pixels, margin: float = 0.0) -> Pixels:
    """In the middle of a transparent square, with `margin` (share of the longer side) on every side."""
    height, width = rgba.shape[:2]
    side = max(height, width) + 2 * round(margin * max(height, width))
    out = np.zeros((side, side, 4), np.uint8)
    top, left = (side - height) // 2, (side - width) // 2
    out[top : top + height, left : left + width] = rgba
    return out

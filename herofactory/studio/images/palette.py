"""Few colours: those that a picture is best told in, or those of a named palette."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from herofactory.studio.images import oklab
from herofactory.studio.images.oklab import Floats

Colours = NDArray[np.uint8]
"""(n, 3) sRGB."""

_ROUNDS = 12


def _colours(text: str) -> Colours:
    return np.array([list(bytes.fromhex(each)) for each in text.split()], np.uint8)


PALETTES = MappingProxyType(
    {
        "mono-2": _colours("1b1b20 f2efe4"),
        "handheld-4": _colours("172a1c 3e6340 86a53e d2de8a"),
        "grey-4": _colours("16171a 55585e a3a6ab f3f4f2"),
        "dusk-8": _colours("1a1528 3f2a56 7b3b6b c4536a f0885b f9c77a fdf3c8 5a6fa8"),
        "home-16": _colours(
            "000000 fafafa 9a3a34 6fc4c9 93459c 5aa74f 35399b e6d96c"
            " 95602a 5c4309 cc7a70 4d4d4d 838383 a7e69a 7d80e0 b4b4b4"
        ),
        "hero-32": _colours(
            "14121d 2a2438 473b57 6e6280 9c93a8 cac5d0 f7f4f1 3b1725 73172d b4202a df3e23"
            " fa6a0a f9a31b ffd541 fffc9e 59341f 8f5a30 c68b52 e8c08a 123a2b 1f6b3a 45a345"
            " 9cdb43 12294f 1b4f91 2a87cf 4cc5ee a9f0f2 3d1f66 7b3fb0 bc6be0 f2a6d8"
        ),
    }
)
"""Our own choices of colours; each begins or ends with one dark enough for outlines."""


def named(name: str) -> Colours:
    """Raises KeyError with the names there are."""
    if name not in PALETTES:
        raise KeyError(f"no palette {name!r}; there are {', '.join(PALETTES)}")
    return PALETTES[name]


def chosen(rgb: Colours, most: int) -> Colours:
    """At most `most` colours for the pixels `rgb` (n, 3), the same each time: median cut, then k-means in Oklab."""
    colours, counts = np.unique(rgb.reshape(-1, 3), axis=0, return_counts=True)
    if len(colours) <= most:
        return colours
    points, weights = oklab.from_rgb(colours), counts.astype(np.float64)
    centres = _settled(points, weights, _median_cut(points, weights, most))
    return np.unique(oklab.to_rgb(centres), axis=0)


def nearest(rgb: Colours, palette: Colours) -> NDArray[np.intp]:
    """For each of `rgb` (n, 3) the index of the colour in `palette` that looks most like it."""
    colours, back = np.unique(rgb.reshape(-1, 3), axis=0, return_inverse=True)
    index: NDArray[np.intp] = _closest(oklab.from_rgb(colours), oklab.from_rgb(palette))[back.ravel()]
    return index


def _closest(points: Floats, centres: Floats) -> NDArray[np.intp]:
    apart = (centres**2).sum(axis=1) - 2 * points @ centres.T
    # Rounded: a tie goes to the first, whatever the processor adds up first.
    closest: NDArray[np.intp] = np.round(apart, 12).argmin(axis=1)
    return closest


def _median_cut(points: Floats, weights: Floats, most: int) -> Floats:
    """Centres of boxes. The box whose colours differ most, all in all, is cut next, at their mean."""
    boxes = [np.arange(len(points))]
    while len(boxes) < most:
        spreads = [_spread(points[box], weights[box]) for box in boxes]
        widest = int(np.argmax([spread.max() for spread in spreads]))
        if spreads[widest].max() <= 0:
            break
        box = boxes.pop(widest)
        axis = int(spreads[widest].argmax())
        order = box[np.argsort(points[box, axis], kind="stable")]
        middle = np.average(points[box, axis], weights=weights[box])
        cut = int(np.clip(np.searchsorted(points[order, axis], middle), 1, len(order) - 1))
        boxes += [order[:cut], order[cut:]]
    return np.array([np.average(points[box], axis=0, weights=weights[box]) for box in boxes])


def _spread(points: Floats, weights: Floats) -> Floats:
    """Per axis: sum of squared differences from the mean."""
    mean = np.average(points, axis=0, weights=weights)
    spread: Floats = (weights[:, None] * (points - mean) ** 2).sum(axis=0)
    return spread


def _settled(points: Floats, weights: Floats, centres: Floats) -> Floats:
    """Lloyd's rounds; a centre that no colour is closest to stays where it is."""
    for _ in range(_ROUNDS):
        owner = _closest(points, centres)
        total = np.bincount(owner, weights, len(centres))
        sums = np.stack([np.bincount(owner, weights * points[:, axis], len(centres)) for axis in range(3)], axis=1)
        centres = np.where(total[:, None] > 0, sums / np.maximum(total, 1e-9)[:, None], centres)
    return centres

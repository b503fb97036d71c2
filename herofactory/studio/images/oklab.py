"""Colours as the eye tells them apart: Oklab (Ottosson 2020, https://bottosson.github.io/posts/oklab/)."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


@cache
def _linear() -> Floats:
    """The light of each of the 256 values of sRGB."""
    value = np.arange(256) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def from_rgb(rgb: NDArray[np.uint8]) -> Floats:
    """(..., 3) sRGB bytes to (..., 3) lightness 0..1, green-red, blue-yellow."""
    light = _linear()[rgb]
    lab: Floats = np.cbrt(light @ _TO_LMS.T) @ _TO_LAB.T
    return lab


def to_rgb(lab: Floats) -> NDArray[np.uint8]:
    """Back to bytes; colours that no screen shows are clipped."""
    light = ((lab @ np.linalg.inv(_TO_LAB).T) ** 3) @ np.linalg.inv(_TO_LMS).T
    light = np.clip(light, 0, 1)
    value = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.round(value * 255).astype(np.uint8)

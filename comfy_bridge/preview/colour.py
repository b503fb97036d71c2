"""Colours in OKLCh (Ottosson 2020: lightness 0..1, chroma, hue in degrees) and ramps of them from shadow to light."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comfy_bridge.preview.fields import Field, field

Rgb = NDArray[np.floating[Any]]
"""(..., 3), 0..1, sRGB."""
STEPS = 256
_COOL, _WARM = 275.0, 85.0
"""Hues of shadow and of light, in degrees."""
_TO_LMS = np.array(
    [[1, 0.3963377774, 0.2158037573], [1, -0.1055613458, -0.0638541728], [1, -0.0894841775, -1.2914855480]]
)
_LMS_TO_LINEAR = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


@dataclass(frozen=True, slots=True)
class Colour:
    light: float
    chroma: float
    hue: float

    def turned(self, degrees: float) -> Colour:
        return replace(self, hue=(self.hue + degrees) % 360)

    def lit(self, amount: float) -> Colour:
        return replace(self, light=min(0.98, max(0.05, self.light + amount)))

    def rgb(self) -> Rgb:
        return field(to_rgb(np.array([self.light]), np.array([self.chroma]), np.array([self.hue]))[0])


def from_hex(text: str) -> Colour:
    red, green, blue = (int(text[index : index + 2], 16) / 255 for index in (1, 3, 5))
    rgb = np.array([red, green, blue])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    lms = np.cbrt(np.linalg.solve(_LMS_TO_LINEAR, linear))
    light, a, b = np.linalg.solve(_TO_LMS, lms)
    return Colour(float(light), float(np.hypot(a, b)), float(np.degrees(np.arctan2(b, a)) % 360))


def to_rgb(light: NDArray[np.float64], chroma: NDArray[np.float64], hue: NDArray[np.float64]) -> Rgb:
    angle = np.radians(hue)
    lab = np.stack([light, chroma * np.cos(angle), chroma * np.sin(angle)], axis=-1)
    linear = np.clip((lab @ _TO_LMS.T) ** 3 @ _LMS_TO_LINEAR.T, 0, 1)
    rgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return field(rgb.astype(np.float32))


def ramp(base: Colour, *, contrast: float = 1.0, shift: float = 22.0) -> Rgb:
    """STEPS colours from deep shadow through `base` at 0.55 to light; shadows turn cool and lights warm.

    `shift`: at most so many degrees; `contrast` 0..2 spreads the lightness.
    """
    x = np.linspace(0, 1, STEPS)
    dark = max(0.07, base.light * (1 - 0.66 * contrast))
    bright = min(0.985, base.light + (0.98 - base.light) * min(1.0, 0.72 * contrast))
    light = np.interp(x, [0, 0.55, 1], [dark, base.light, bright])
    chroma = base.chroma * np.interp(x, [0, 0.3, 0.6, 1], [0.72, 1.05, 1.04, 0.62])
    amount = np.interp(x, [0, 0.55, 1], [-1, 0, 1])
    cool, warm = _towards(base.hue, _COOL, shift), _towards(base.hue, _WARM, 1.3 * shift)
    hue = base.hue + np.where(amount < 0, -amount * cool, amount * warm)
    return to_rgb(light, chroma, hue % 360)


def _towards(hue: float, goal: float, most: float) -> float:
    way = (goal - hue + 180) % 360 - 180
    return float(np.clip(way, -most, most))


def paint(tones: Field, colours: Rgb) -> Rgb:
    """`tones` 0..1 looked up in a ramp."""
    return colours[np.clip(tones * (STEPS - 1), 0, STEPS - 1).astype(np.uint8)]


def stops(*points: tuple[float, str]) -> Rgb:
    """A ramp through colours at positions 0..1."""
    x = np.linspace(0, 1, STEPS)
    at = [position for position, _ in points]
    rgb = np.array([from_hex(text).rgb() for _, text in points])
    return np.stack([np.interp(x, at, rgb[:, channel]) for channel in range(3)], axis=-1).astype(np.float32)

"""What is behind the thing, where the background is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from comfy_bridge.preview.colour import Colour, Rgb
from comfy_bridge.preview.fields import Field, Rng, blur, clamp, fractal, smoothstep
from comfy_bridge.preview.look import Backdrop

Paint = Callable[[int, Colour, Rng], Rgb]


def backdrop(kind: Backdrop, size: int, colour: Colour, rng: Rng) -> Rgb:
    """`colour`: of the thing's main part."""
    return _PAINTERS[kind](size, colour, rng)


def _mixed(low: Colour, high: Colour, share: Field) -> Rgb:
    return low.rgb() + (high.rgb() - low.rgb()) * clamp(share)[..., None]


def _away(size: int, cy: float = 0.5, cx: float = 0.5) -> Field:
    """Distance from a point, 1 at half the picture's width."""
    y, x = np.ogrid[0:size, 0:size]
    return (np.hypot(y / size - cy, x / size - cx) * 2).astype(np.float32)


def _none(size: int, _colour: Colour, _rng: Rng) -> Rgb:
    return np.full((size, size, 3), 0.07, np.float32)


def _night(size: int, _colour: Colour, _rng: Rng) -> Rgb:
    return _mixed(Colour(0.2, 0.035, 280), Colour(0.31, 0.05, 265), 1 - _away(size))


def _dungeon(size: int, colour: Colour, rng: Rng) -> Rgb:
    smoke = fractal(size, size, (4, 4), rng, 5)
    light = clamp(1.05 - _away(size, 0.46)) * (0.35 + 0.95 * smoke)
    warm = Colour(0.54, 0.075, 45 if colour.chroma < 0.05 else colour.turned(150).hue * 0.3 + 30)
    return _mixed(Colour(0.13, 0.02, 40), warm, light)


def _burst(size: int, colour: Colour, rng: Rng) -> Rgb:
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size - np.float32(0.5)
    rays = smoothstep(-0.05, 0.05, np.sin(np.arctan2(y, x) * 12 + np.float32(rng.uniform(0, 6))))
    hue = (colour.hue + 180) % 360 if colour.chroma > 0.05 else 240.0
    return _mixed(Colour(0.66, 0.1, hue), Colour(0.8, 0.1, hue), 0.5 * rays + 0.6 * (1 - _away(size)))


def _card(size: int, colour: Colour, _rng: Rng) -> Rgb:
    hue = (colour.hue + 200) % 360 if colour.chroma > 0.05 else 250.0
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size - np.float32(0.5)
    round_ = np.hypot(np.maximum(np.abs(x) - 0.3, 0), np.maximum(np.abs(y) - 0.3, 0))
    inside = 1 - smoothstep(0.164, 0.168, round_)
    card = _mixed(Colour(0.83, 0.07, hue), Colour(0.89, 0.055, hue), 0.5 - x * 0 - y)
    page = np.full(3, 0.965, np.float32)
    return page + (card - page) * inside[..., None]


def _studio(size: int, colour: Colour, rng: Rng) -> Rgb:
    hue = (colour.hue + 170) % 360
    smoke = fractal(size, size, (3, 3), rng, 4)
    return _mixed(
        Colour(0.16, 0.03, hue), Colour(0.5, 0.06, hue), (1.0 - 0.8 * _away(size, 0.42)) * (0.55 + 0.7 * smoke)
    )


def _gradient(size: int, colour: Colour, _rng: Rng) -> Rgb:
    y = np.linspace(0, 1, size, dtype=np.float32)[:, None]
    share = 0.95 - 0.55 * _away(size, 0.42) - 0.15 * y
    return _mixed(Colour(0.42, 0.025, (colour.hue + 180) % 360), Colour(0.86, 0.018, (colour.hue + 180) % 360), share)


def ground_shadow(body: Field) -> Field:
    """Under a thing that stands: dark 0..1, an ellipse below its foot."""
    size = body.shape[0]
    columns = np.nonzero(body.max(axis=0) > 0.5)[0]
    rows = np.nonzero(body.max(axis=1) > 0.5)[0]
    if not len(rows):
        return np.zeros_like(body)
    foot, middle = min(size * 0.95, float(rows[-1])), (columns[0] + columns[-1]) / 2
    wide = max(30.0, (columns[-1] - columns[0]) * 0.48)
    y, x = np.ogrid[0:size, 0:size]
    away = np.hypot((x - middle) / wide, (y - foot) / (wide * 0.17 + 8)).astype(np.float32)
    return 0.75 * (1 - smoothstep(0.25, 1.15, away))


def cast_shadow(body: Field, right: float, down: float) -> Field:
    """Of a thing that lies: its own shape moved away from the light."""
    moved = np.roll(body, (round(down), round(right)), axis=(0, 1))
    return 0.7 * blur(moved, 16)


def vignette(size: int, strength: float) -> Field:
    return (1 - np.float32(strength) * smoothstep(0.55, 1.45, _away(size))).astype(np.float32)


_PAINTERS: Mapping[Backdrop, Paint] = {
    "none": _none, "night": _night, "dungeon": _dungeon, "burst": _burst, "card": _card, "studio": _studio,
    "gradient": _gradient,
}  # fmt: skip

"""Patterns of surfaces: wood grain, facets, folds, cracks. Each gives tones to add, about -1..1."""

from __future__ import annotations

import numpy as np

from comfy_bridge.preview.fields import Field, Rng, clamp, field, fractal, noise, smoothstep
from comfy_bridge.preview.relief import Surface

TILE = 256


def stretched(s: Surface, rng: Rng, along: float, across: float, octaves: int = 3) -> Field:
    """Noise drawn out along the region's axis: one cell per so many pixels; -1..1."""
    tile = fractal(TILE, TILE, (16, 16), rng, octaves)
    u = (s.along * np.float32(16 / along)).astype(np.int32) & (TILE - 1)
    v = (s.across * np.float32(16 / across)).astype(np.int32) & (TILE - 1)
    return field((tile[v, u] - np.float32(0.5)) * 4)


def cloudy(s: Surface, rng: Rng, cell: float, octaves: int = 4) -> Field:
    """Noise alike in every direction; -1..1."""
    height, width = s.shape
    cells = (max(1, round(height / cell)), max(1, round(width / cell)))
    return (fractal(height, width, cells, rng, octaves) - np.float32(0.5)) * 3.2


def grain(s: Surface, rng: Rng) -> Field:
    """Rings cut lengthwise, pores, and the gaps of planks where it is broad."""
    warp = stretched(s, rng, 300, 60, 2)
    rings = np.sin(s.across * np.float32(0.22) + warp * 5)
    pores = stretched(s, rng, 90, 6, 2)
    tone = 0.55 * rings * np.abs(rings) + 0.45 * pores
    if s.broad:
        tone = tone + planks(s, rng, 64)
    return tone


def planks(s: Surface, rng: Rng, width: float) -> Field:
    number = np.floor((s.across + rng.uniform(0, width)) / width)
    at = (s.across + 0.0) / width - number
    edge = np.minimum(np.abs(at - np.round(at)), 0.5) * width
    tint = np.sin(number * 12.9898) * 0.35
    return field((tint - 2.2 * (1 - smoothstep(1.0, 4.5, edge))).astype(np.float32))


def facets(s: Surface, rng: Rng, count: int) -> tuple[Field, Field]:
    """Flat faces as of a cut stone: tones -1..1, and the light edges between them 0..1."""
    height, width = s.shape
    points = rng.random((count, 2)) * (height, width)
    tones = rng.uniform(-1, 1, count).astype(np.float32)
    nearest = np.full(s.shape, np.inf, np.float32)
    second, face = nearest.copy(), np.zeros(s.shape, np.float32)
    y, x = s.y * height, s.x * width
    for (py, px), tone in zip(points, tones, strict=True):
        away = np.hypot(y - np.float32(py), x - np.float32(px))
        closer = away < nearest
        np.minimum(second, np.where(closer, nearest, away), out=second)
        face[closer] = tone
        np.minimum(nearest, away, out=nearest)
    return face, 1 - smoothstep(1.0, 5.0, second - nearest)


def folds(s: Surface, rng: Rng) -> Field:
    warp = cloudy(s, rng, 160, 2)
    return np.sin(s.across * np.float32(0.085) + warp * 2.2).astype(np.float32)


def weave(s: Surface) -> Field:
    top, left = s.origin
    height, width = s.shape
    y, x = np.ogrid[top : top + height, left : left + width]
    return (np.sin(x * 0.9) * np.sin(y * 0.9)).astype(np.float32)


def stitches(s: Surface, inset: float = 15.0) -> tuple[Field, Field]:
    """Dashes that follow the edge, and the groove they lie in; 0..1."""
    band = 1 - smoothstep(1.5, 4.0, np.abs(s.depth - np.float32(inset)))
    angle = np.arctan2(s.along, s.across)
    length = max(8.0, round(np.sqrt(s.region.area) * 0.11))
    dash = smoothstep(-0.25, 0.15, np.sin(angle * np.float32(length)).astype(np.float32))
    return band * dash, band


def cracks(s: Surface, rng: Rng, cell: float = 110.0) -> Field:
    """Thin dark lines where noise crosses its middle; 0..1."""
    field = cloudy(s, rng, cell, 3)
    where = cloudy(s, rng, cell * 1.6, 1)
    return (1 - smoothstep(0.015, 0.075, np.abs(field))) * smoothstep(0.0, 0.5, where)


def veins(s: Surface) -> Field:
    """A leaf's: one along the middle, others off it; 0..1."""
    middle = 1 - smoothstep(1.5, 4.5, np.abs(s.across))
    sides = np.sin((s.along - np.abs(s.across) * 1.1) * np.float32(0.16))
    return field(np.maximum(middle, 0.5 * smoothstep(0.9, 0.99, sides.astype(np.float32))))


def bubbles(s: Surface, rng: Rng, count: int, largest: float) -> tuple[Field, Field]:
    """Rings with a bright point: body and glint, 0..1."""
    height, width = s.shape
    body, glint = np.zeros(s.shape, np.float32), np.zeros(s.shape, np.float32)
    y, x = s.y * height, s.x * width
    for _ in range(count):
        radius = rng.uniform(0.3, 1.0) * largest
        cy, cx = rng.uniform(0.2, 0.95) * height, rng.uniform(0.1, 0.9) * width
        away = np.hypot(y - np.float32(cy), x - np.float32(cx))
        rim = smoothstep(radius - 4, radius - 1, away) * (1 - smoothstep(radius - 1, radius + 1.5, away))
        body = np.maximum(body, 0.55 * rim + 0.2 * (1 - smoothstep(radius - 2, radius, away)))
        spot = np.hypot(y - np.float32(cy - radius * 0.35), x - np.float32(cx - radius * 0.35))
        glint = np.maximum(glint, 1 - smoothstep(radius * 0.12, radius * 0.34, spot))
    return body, glint


def speckles(s: Surface, rng: Rng, cell: float = 15.0, share: float = 0.22) -> Field:
    height, width = s.shape
    spots = noise(height, width, (max(1, round(height / cell)), max(1, round(width / cell))), rng)
    return smoothstep(1 - share, 1.08 - share, clamp(spots))


def flicker(s: Surface, rng: Rng) -> Field:
    """Tongues that rise: noise drawn out upwards; -1..1."""
    height, width = s.shape
    cells = (max(1, round(height / 150)), max(1, round(width / 46)))
    return (fractal(height, width, cells, rng, 3) - np.float32(0.5)) * 3.2

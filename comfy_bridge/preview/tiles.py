"""Grounds that repeat without a seam: every field here goes on at the opposite side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image

from comfy_bridge.preview.colour import Rgb, paint, ramp
from comfy_bridge.preview.fields import Field, Rng, clamp, field, fractal, noise, smoothstep
from comfy_bridge.preview.look import Look
from comfy_bridge.preview.materials import MATERIALS, Kind, Material
from comfy_bridge.preview.relief import Light
from comfy_bridge.preview.words import Theme

HALF = 2
"""Cells are found on a field this much smaller."""


@dataclass(slots=True)
class Ground:
    """`height` in pixels; `tint`: tones to add, per stone or plank; `shine` 0..1."""

    height: Field
    tint: Field
    shine: float = 0.0


def ground(theme: Theme, look: Look, size: int, rng: Rng) -> Rgb:
    """(size, size, 3), the first rows and columns go on after the last ones."""
    material = _material(theme)
    pattern = next((_BY_WORD[word] for word in theme.words if word in _BY_WORD), None) or _BY_KIND.get(
        material.kind, _rough
    )
    made = pattern(size, rng)
    light = Light.from_angle(-42 + float(rng.uniform(-10, 10)), 0.75)
    right = (np.roll(made.height, -1, axis=1) - np.roll(made.height, 1, axis=1)) / 2
    down = (np.roll(made.height, -1, axis=0) - np.roll(made.height, 1, axis=0)) / 2
    up = 1 / np.sqrt(right**2 + down**2 + 1)
    lit = light.on(-right * up, -down * up, up)
    fine = fractal(size, size, (24, 24), rng, 4) - np.float32(0.5)
    tone = (
        0.5 + 0.75 * (lit - np.float32(light.z)) + made.tint + np.float32(0.9 * material.texture * look.texture) * fine
    )
    turn = 10.0 if theme.free else 3.0
    colour = material.colour.turned(float(rng.uniform(-turn, turn)))
    rgb = paint(clamp(tone), ramp(colour, contrast=0.8 * look.contrast, shift=look.shift))
    return rgb + (1 - rgb) * clamp(made.shine * look.gloss * smoothstep(0.9, 1.0, lit))[..., None]


def _material(theme: Theme) -> Material:
    named = next((_MEANT[word] for word in theme.words if word in _MEANT), None)
    main = theme.parts[0]
    if named and theme.free:
        return MATERIALS[named]
    return main


def _cells(size: int, rng: Rng, rows: int) -> tuple[Field, Field, Field]:
    """Distances to the nearest and second nearest of scattered points on a torus, and which; pixels."""
    small = size // HALF
    step = small / rows
    grid = np.stack(np.meshgrid(np.arange(rows), np.arange(rows), indexing="ij"), axis=-1).reshape(-1, 2)
    points = (grid + rng.uniform(0.12, 0.88, grid.shape)) * step
    y, x = np.ogrid[0:small, 0:small]
    nearest = np.full((small, small), np.inf, np.float32)
    second, which = nearest.copy(), np.zeros((small, small), np.float32)
    for index, (py, px) in enumerate(points):
        dy, dx = np.abs(y - py), np.abs(x - px)
        away = np.hypot(np.minimum(dy, small - dy), np.minimum(dx, small - dx)).astype(np.float32)
        closer = away < nearest
        np.minimum(second, np.where(closer, nearest, away), out=second)
        which[closer] = index
        np.minimum(nearest, away, out=nearest)
    return _larger(nearest, size) * HALF, _larger(second, size) * HALF, _larger(which, size, Image.Resampling.NEAREST)


def _larger(field: Field, size: int, how: Image.Resampling = Image.Resampling.BICUBIC) -> Field:
    small, pad = field.shape[0], 4
    image = Image.fromarray(np.pad(field, pad, mode="wrap"))
    return np.asarray(image.resize((size, size), how, box=(pad, pad, pad + small, pad + small)), dtype=np.float32)


def _tints(which: Field, strength: float) -> Field:
    return field((np.sin(which * 12.9898 + 0.7) * strength).astype(np.float32))


def _cobbles(size: int, rng: Rng) -> Ground:
    nearest, second, which = _cells(size, rng, 6)
    gap = second - nearest
    height = 16 * smoothstep(4, 46, gap) + 14 * fractal(size, size, (8, 8), rng, 4)
    return Ground(height, _tints(which, 0.08) - 0.3 * (1 - smoothstep(3, 16, gap)), 0.05)


def _bricks(size: int, rng: Rng) -> Ground:
    return _slabs(size, rng, rows=8, columns=4, shifted=True)


def _squares(size: int, rng: Rng) -> Ground:
    return _slabs(size, rng, rows=4, columns=4, shifted=False)


def _slabs(size: int, rng: Rng, rows: int, columns: int, *, shifted: bool) -> Ground:
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / np.float32(size)
    wobble = (fractal(size, size, (8, 8), rng, 3) - np.float32(0.5)) * np.float32(0.012)
    v = (y + wobble) * rows
    row = np.floor(v) % rows
    u = (x + wobble) * columns + (row % 2) * np.float32(0.5 if shifted else 0.0)
    column = np.floor(u) % columns
    inside = np.minimum(_to_edge(v) * size / rows, _to_edge(u) * size / columns)
    which = row * columns + column + np.float32(rng.uniform(0, 50))
    height = 12 * smoothstep(5, 22, inside) + 12 * fractal(size, size, (10, 10), rng, 4)
    return Ground(height, _tints(which, 0.09) - 0.28 * (1 - smoothstep(4, 10, inside)), 0.05)


def _to_edge(position: Field) -> Field:
    return field(0.5 - np.abs(position - np.floor(position) - np.float32(0.5)))


def _planks(size: int, rng: Rng) -> Ground:
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / np.float32(size)
    rows = 6
    v = y * rows
    row = np.floor(v) % rows
    start = rng.random(rows)[row.astype(np.intp)].astype(np.float32)
    u = x + start
    ends = _to_edge(u) * size
    inside = np.minimum(_to_edge(v) * size / rows, ends)
    warp = noise(size, size, (12, 3), rng)
    rings = np.sin((v * 6 + warp * 5 + row * 3) * np.float32(2 * np.pi) / 1.5)
    pores = fractal(size, size, (160, 6), rng, 2) - np.float32(0.5)
    grain = 0.07 * rings * np.abs(rings) + 0.3 * pores
    seams = 1 - smoothstep(2, 7, inside)
    return Ground(
        9 * smoothstep(2, 15, inside), _tints(row + np.float32(rng.uniform(0, 50)), 0.07) + grain - 0.3 * seams
    )


def _grass(size: int, rng: Rng) -> Ground:
    blades = fractal(size, size, (64, 128), rng, 3)
    tufts = fractal(size, size, (7, 7), rng, 3)
    spots = smoothstep(0.72, 0.85, noise(size, size, (40, 40), rng)) * smoothstep(0.5, 0.6, tufts)
    return Ground(
        26 * blades + 14 * tufts, 0.5 * (tufts - np.float32(0.5)) + 0.4 * (blades - np.float32(0.5)) + 0.14 * spots
    )


def _waves(size: int, rng: Rng) -> Ground:
    nearest, second, _ = _cells(size, rng, 5)
    lines = 1 - smoothstep(0, 34, second - nearest)
    swell = fractal(size, size, (4, 4), rng, 4)
    return Ground(10 * swell, 0.34 * lines**2 + 0.5 * (swell - np.float32(0.5)) - 0.06, 0.2)


def _dunes(size: int, rng: Rng) -> Ground:
    y = np.linspace(0, 1, size, endpoint=False, dtype=np.float32)[:, None]
    warp = fractal(size, size, (3, 3), rng, 3)
    ripples = np.sin((y * 9 + warp * 3) * np.float32(2 * np.pi))
    return Ground(4.5 * ripples + 5 * fractal(size, size, (50, 50), rng, 2), 0.25 * (warp - np.float32(0.5)))


def _rough(size: int, rng: Rng) -> Ground:
    lumps, grit = fractal(size, size, (6, 6), rng, 5), noise(size, size, (90, 90), rng)
    return Ground(44 * lumps + 6 * grit, 0.45 * (lumps - np.float32(0.5)))


def _plates(size: int, rng: Rng) -> Ground:
    made = _slabs(size, rng, rows=2, columns=2, shifted=False)
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) % np.float32(size / 2)
    corner = size / 2 - 46.0
    away = np.minimum.reduce([np.hypot(y - cy, x - cx) for cy in (46.0, corner) for cx in (46.0, corner)])
    rivets = 16 * np.sqrt(clamp(1 - (away / 18) ** 2))
    scratches = fractal(size, size, (200, 5), rng, 2) - np.float32(0.5)
    return Ground(made.height * 0.35 + rivets, made.tint * 0.7 + 0.22 * scratches, 0.4)


Pattern = Callable[[int, Rng], Ground]
_PATTERNS: Mapping[Pattern, str] = {
    _bricks: "brick bricks wall castle", _squares: "tile tiles tiled checker checkered marble temple",
    _planks: "plank planks floorboards deck wood wooden",
    _cobbles: "cobblestone cobbles cobble pavement stone rock road",
    _grass: "grass grassy meadow lawn field forest moss hay", _waves: "water sea ocean river lake lava magma ice slime",
    _dunes: "sand sandy desert beach dune snow", _rough: "dirt earth mud soil ground",
    _plates: "metal iron steel plates",
}  # fmt: skip
_BY_WORD = {word: pattern for pattern, words in _PATTERNS.items() for word in words.split()}
_BY_KIND: Mapping[Kind, Pattern] = {
    "metal": _plates, "wood": _planks, "stone": _cobbles, "plant": _grass, "slime": _waves, "fire": _waves,
    "magic": _waves, "crystal": _waves, "glass": _waves, "paper": _dunes, "cloth": _squares,
}  # fmt: skip
_MEANT = {"meadow": "leaf", "lawn": "leaf", "field": "leaf", "forest": "leaf", "moss": "leaf", "road": "stone",
          "wall": "brick", "castle": "stone", "temple": "stone", "sea": "water", "river": "water", "lake": "water",
          "tile": "stone", "tiles": "stone", "pavement": "stone", "plank": "wood", "planks": "wood",
          "floorboards": "wood", "deck": "wood", "cobbles": "stone"}  # fmt: skip

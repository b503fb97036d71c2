"""Pixel art to enlarge and spoil: small creatures, swords, potions; the same for the same seed."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Enlarged:
    sprite: Pixels
    """(height, width, 4)"""
    picture: Pixels
    """(height, width, 3), spoilt."""
    cell: float
    left: float
    top: float
    """Where the first cell of the sprite begins, in pixels."""


def sprite(rng: np.random.Generator, size: int) -> Pixels:
    """Symmetric or leaning, outlined, of 3 to 10 colours, on transparent ground."""
    colours = rng.integers(40, 256, (int(rng.integers(3, 10)), 3)).astype(np.uint8)
    y, x = np.mgrid[0:size, 0:size] / size - 0.5
    body = np.zeros((size, size), np.uint8)
    for _ in range(int(rng.integers(4, 9))):
        cx, cy = rng.uniform(-0.25, 0.25, 2)
        rx, ry = rng.uniform(0.06, 0.3, 2)
        lean = rng.uniform(-0.7, 0.7)
        u, v = (x - cx) + lean * (y - cy), y - cy
        inside = (u / rx) ** 2 + (v / ry) ** 2 < 1 if rng.random() < 0.6 else (abs(u) < rx * 0.8) & (abs(v) < ry * 0.8)
        body[inside] = rng.integers(1, len(colours) + 1)
        body[inside & ((u - v) > rx * 0.5)] = rng.integers(1, len(colours) + 1)
    if rng.random() < 0.5:
        body = np.where(x < 0, body, body[:, ::-1])
    grain = rng.random((size, size)) < 0.06  # the odd pixels that shading has
    body[grain & (body > 0)] = rng.integers(1, len(colours) + 1)
    solid = body > 0
    rim = np.zeros_like(solid)
    rim[1:] |= solid[:-1]
    rim[:-1] |= solid[1:]
    rim[:, 1:] |= solid[:, :-1]
    rim[:, :-1] |= solid[:, 1:]
    rgba = np.zeros((size, size, 4), np.uint8)
    rgba[solid, :3], rgba[solid, 3] = colours[body[solid] - 1], 255
    rgba[rim & ~solid] = (24, 20, 37, 255)
    return rgba


def enlarged(rng: np.random.Generator, *, paper: tuple[int, int, int] = (225, 225, 230)) -> Enlarged:
    """16..64 pixels enlarged to cells of 8..21 pixels, whole or not, somewhere on paper; noisy, blurred, JPEG."""
    size = int(rng.integers(16, 65))
    drawn = sprite(rng, size)
    cell = float(rng.uniform(8, min(21.0, 1000 / size)))
    cell = round(cell) if rng.random() < 0.5 else cell
    left, top = (float(value) for value in rng.uniform(2, 40, 2))
    side = min(1024, int(size * cell + 60))
    picture = spoilt(rng, on_paper(drawn, cell, left, top, side, paper))
    return Enlarged(drawn, picture, cell, left, top)


def on_paper(drawn: Pixels, cell: float, left: float, top: float, side: int, paper: tuple[int, int, int]) -> Pixels:
    """Nearest neighbour: each pixel of the picture shows the cell that its centre lies in."""
    size = drawn.shape[0]
    column = np.floor((np.arange(side) + 0.5 - left) / cell).astype(int)
    row = np.floor((np.arange(side) + 0.5 - top) / cell).astype(int)
    inside = np.ix_((row >= 0) & (row < size), (column >= 0) & (column < size))
    picture = np.full((side, side, 3), paper, np.uint8)
    shown = drawn[np.clip(row, 0, size - 1)[:, None], np.clip(column, 0, size - 1)[None, :]][inside]
    picture[inside] = np.where(shown[..., 3:] > 0, shown[..., :3], picture[inside])
    return picture


def spoilt(rng: np.random.Generator, picture: Pixels) -> Pixels:
    if rng.random() < 0.7:
        blurred = Image.fromarray(picture).filter(ImageFilter.GaussianBlur(float(rng.uniform(0.3, 1.6))))
        picture = np.asarray(blurred)
    noise = rng.standard_normal(picture.shape, np.float32) * np.float32(rng.uniform(0, 9))
    picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.6:
        out = io.BytesIO()
        Image.fromarray(picture).save(out, "JPEG", quality=int(rng.integers(65, 96)))
        picture = np.asarray(Image.open(out).convert("RGB"))
    return picture

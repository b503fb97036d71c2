"""Drawings as people send them, the same every time."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

INK, PAPER = (0, 0, 0), (255, 255, 255)
Colour = tuple[int, ...]


def sword(
    size: tuple[int, int] = (800, 800), width: int = 6, ink: Colour = INK, paper: Colour = PAPER, mode: str = "RGB"
) -> Image.Image:
    """A sword, its guard and a ring, in lines."""
    image = Image.new(mode, size, paper)
    draw = ImageDraw.Draw(image)
    side = min(size)
    left, top = (size[0] - side) // 2, (size[1] - side) // 2

    def at(*places: float) -> list[tuple[float, float]]:
        return [(left + x * side, top + y * side) for x, y in zip(places[::2], places[1::2], strict=True)]

    draw.line(
        at(0.5, 0.08, 0.57, 0.2, 0.57, 0.62, 0.43, 0.62, 0.43, 0.2, 0.5, 0.08), fill=ink, width=width, joint="curve"
    )
    draw.line(at(0.28, 0.64, 0.72, 0.64), fill=ink, width=width)
    draw.line(at(0.47, 0.66, 0.47, 0.82), fill=ink, width=width)
    draw.line(at(0.53, 0.66, 0.53, 0.82), fill=ink, width=width)
    draw.ellipse([*at(0.44, 0.82)[0], *at(0.56, 0.94)[0]], outline=ink, width=width)
    return image


def filled(size: int = 800) -> Image.Image:
    """A potion in flat colours with an outline, a gleam and a label."""
    image = Image.new("RGB", (size, size), PAPER)
    draw = ImageDraw.Draw(image)
    s = size / 100
    draw.ellipse((20 * s, 35 * s, 80 * s, 92 * s), fill=(200, 40, 90), outline=INK, width=int(1.5 * s))
    draw.rectangle((42 * s, 14 * s, 58 * s, 38 * s), fill=(220, 240, 250), outline=INK, width=int(1.5 * s))
    draw.rectangle((38 * s, 8 * s, 62 * s, 16 * s), fill=(150, 100, 50), outline=INK, width=int(1.5 * s))
    draw.arc((28 * s, 42 * s, 60 * s, 80 * s), 170, 250, fill=(255, 255, 255), width=int(2 * s))
    draw.ellipse((42 * s, 58 * s, 66 * s, 80 * s), fill=(250, 220, 80))
    return image


def silhouette(size: int = 800) -> Image.Image:
    image = Image.new("RGB", (size, size), PAPER)
    draw = ImageDraw.Draw(image)
    s = size / 100
    draw.polygon(
        [(50 * s, 6 * s), (90 * s, 24 * s), (84 * s, 66 * s), (50 * s, 94 * s), (16 * s, 66 * s), (10 * s, 24 * s)],
        fill=INK,
    )
    return image


def photographed(image: Image.Image, seed: int = 3) -> Image.Image:
    """On a table under a lamp: yellowish, darker to one side, soft, grainy."""
    pixels = np.asarray(image.convert("RGB").filter(ImageFilter.GaussianBlur(1.2))).astype(np.float32)
    height, width = pixels.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    light = 0.95 - 0.4 * (x / width) - 0.15 * (y / height) ** 2
    lit = (40 + pixels * 0.75) * light[..., None] * np.array([1.0, 0.97, 0.86], np.float32)
    lit += np.random.default_rng(seed).normal(0, 3, lit.shape)
    return Image.fromarray(np.clip(lit, 0, 255).astype(np.uint8))


def photo(seed: int = 5, size: tuple[int, int] = (900, 700)) -> Image.Image:
    """A vase on a table before a wall: shaded, textured, nothing of it drawn."""
    rng = np.random.default_rng(seed)
    width, height = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    wall = np.array([150, 165, 180]) * (0.6 + 0.5 * (x / width))[..., None]
    table = np.array([120, 80, 50]) * (0.7 + 0.4 * np.sin(x / 60 + np.sin(y / 9)) ** 2)[..., None]
    scene = np.where((y > height * 0.68)[..., None], table, wall)
    radius = width * (0.1 + 0.09 * np.sin(np.clip((y - height * 0.2) / (height * 0.6), 0, 1) * np.pi) ** 2)
    aside = (x - width * 0.5) / radius
    inside = (np.abs(aside) < 1) & (y > height * 0.2) & (y < height * 0.82)
    shade = np.clip(0.25 + 0.85 * np.sqrt(np.clip(1 - (aside + 0.35) ** 2, 0, 1)), 0, 1)
    scene = np.where(inside[..., None], np.array([70, 140, 110]) * shade[..., None] + 30, scene)
    grain = rng.normal(0, 5, scene.shape)
    return Image.fromarray(np.clip(scene + grain, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.8))


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()

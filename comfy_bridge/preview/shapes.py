"""Drawings of our own, where there are words but no sketch: line drawings like a user's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from comfy_bridge.preview.fields import Field, Rng

Points = NDArray[np.float64]
ANY = "gem"
"""For what no drawing shows."""
LINE = 11
"""Pixels: about a normalised sketch's."""


@dataclass(frozen=True, slots=True)
class Piece:
    points: Points
    """In squares of 100 x 100."""
    closed: bool


@dataclass(slots=True)
class Shape:
    turn: float
    pieces: list[Piece] = field(default_factory=list)


@cache
def shapes() -> Mapping[str, Shape]:
    found: dict[str, Shape] = {}
    shape = Shape(0)
    text = (files(__package__) / "data" / "shapes.txt").read_text("utf-8")
    for line in text.splitlines():
        kind, *words = line.split()
        if kind == "#":
            continue
        if kind == "shape":
            shape = found[words[0]] = Shape(float(words[2]) if len(words) > 1 else 0.0)
        else:
            shape.pieces.extend(_pieces(kind, words))
    return found


def _pieces(kind: str, words: Sequence[str]) -> list[Piece]:
    points = np.array([[float(number) for number in word.split(",")] for word in words if word != "|"])
    piece = Piece(_curve(kind, points), kind in "PSE")
    mirrored = Piece(piece.points * (-1, 1) + (100, 0), piece.closed)
    return [piece, mirrored] if words[-1] == "|" else [piece]


def _curve(kind: str, points: Points) -> Points:
    if kind == "E":
        angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
        circle: Points = points[0] + np.stack([np.cos(angle), np.sin(angle)], axis=1) * points[1]
        return circle
    if kind in "Sl":
        return _smooth(points, closed=kind == "S")
    return points


def _smooth(points: Points, *, closed: bool) -> Points:
    """Catmull-Rom through the points."""
    ends = (points[-1:], points[:2]) if closed else (points[:1], points[-1:])
    around = np.concatenate([ends[0], points, ends[1]])
    t = np.linspace(0, 1, 14, endpoint=False)[:, None]
    parts = []
    for a, b, c, d in zip(around, around[1:], around[2:], around[3:], strict=False):
        parts.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    return np.concatenate([*parts, points[:0] if closed else points[-1:]])


def draw(name: str, size: int, margin: float, rng: Rng) -> Field:
    """White lines on black, 0..1; the seed turns and stretches it a little."""
    shape = shapes().get(name) or shapes()[ANY]
    turn = np.radians(shape.turn + rng.uniform(-4, 4))
    stretch = rng.uniform(0.94, 1.06, 2)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) * stretch[:, None]
    placed = [((piece.points - 50) @ matrix, piece.closed) for piece in shape.pieces]
    everything = np.concatenate([points for points, _ in placed])
    low, high = everything.min(axis=0), everything.max(axis=0)
    scale = size * (1 - 2 * margin) / float((high - low).max())
    canvas = Image.new("L", (size * 2, size * 2))
    pen = ImageDraw.Draw(canvas)
    for points, closed in placed:
        _stroke(pen, ((points - (low + high) / 2) * scale + size / 2) * 2, closed)
    return np.asarray(canvas.resize((size, size), Image.Resampling.BOX), dtype=np.float32) / np.float32(255)


def _stroke(pen: ImageDraw.ImageDraw, points: Points, closed: bool) -> None:
    """A closed piece hides what is behind it."""
    path = [(float(x), float(y)) for x, y in points]
    if closed:
        pen.polygon(path, fill=0)
        path = [*path, path[0], path[1]]
    pen.line(path, fill=255, width=LINE * 2, joint="curve")
    for x, y in (path[0], path[-1]):
        pen.ellipse((x - LINE, y - LINE, x + LINE, y + LINE), fill=255)

"""Many sprites on one sheet, with the list of where each lies in TexturePacker's "JSON (Hash)" format."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from herofactory.studio.images.trim import content_box

Pixels = NDArray[np.uint8]

PADDING = 2
"""Empty pixels between sprites, so that a filtered texture shows nothing of the neighbour."""


@dataclass(frozen=True, slots=True)
class Frame:
    name: str
    x: int
    y: int
    width: int
    height: int
    left: int
    top: int
    """What was trimmed off at the left and at the top."""
    source_width: int
    source_height: int

    @property
    def trimmed(self) -> bool:
        return (self.width, self.height) != (self.source_width, self.source_height)

    def to_json(self) -> dict[str, Any]:
        return {
            "frame": {"x": self.x, "y": self.y, "w": self.width, "h": self.height},
            "rotated": False,
            "trimmed": self.trimmed,
            "spriteSourceSize": {"x": self.left, "y": self.top, "w": self.width, "h": self.height},
            "sourceSize": {"w": self.source_width, "h": self.source_height},
        }


@dataclass(frozen=True, slots=True)
class Atlas:
    pixels: Pixels
    frames: tuple[Frame, ...]

    def to_json(self, image: str = "atlas.png") -> str:
        height, width = self.pixels.shape[:2]
        meta = {
            "app": "HeroFactory",
            "version": "1.0",
            "image": image,
            "format": "RGBA8888",
            "size": {"w": width, "h": height},
            "scale": "1",
        }
        frames = {f"{frame.name}.png": frame.to_json() for frame in self.frames}
        return json.dumps({"frames": frames, "meta": meta}, ensure_ascii=False, indent=1) + "\n"


def packed(sprites: Mapping[str, Pixels]) -> Atlas:
    """Trimmed, on shelves, highest first; the sides of the sheet are powers of two. Raises ValueError for none."""
    if not sprites:
        raise ValueError("no sprites to pack")
    cut = [_cut(name, rgba) for name, rgba in sorted(sprites.items())]
    cut.sort(key=lambda each: (-each[0].height, -each[0].width, each[0].name))
    area = sum((frame.width + PADDING) * (frame.height + PADDING) for frame, _ in cut)
    width = _power(max(int(area**0.5), max(frame.width for frame, _ in cut) + 2 * PADDING))
    placed, x, y, shelf = [], PADDING, PADDING, 0
    for frame, pixels in cut:
        if x + frame.width + PADDING > width:
            x, y, shelf = PADDING, y + shelf + PADDING, 0
        placed.append((_at(frame, x, y), pixels))
        x, shelf = x + frame.width + PADDING, max(shelf, frame.height)
    sheet = np.zeros((_power(y + shelf + PADDING), width, 4), np.uint8)
    for frame, pixels in placed:
        sheet[frame.y : frame.y + frame.height, frame.x : frame.x + frame.width] = pixels
    return Atlas(sheet, tuple(sorted((frame for frame, _ in placed), key=lambda frame: frame.name)))


def _cut(name: str, rgba: Pixels) -> tuple[Frame, Pixels]:
    left, top, right, bottom = content_box(rgba) or (0, 0, 1, 1)
    height, width = rgba.shape[:2]
    return Frame(name, 0, 0, right - left, bottom - top, left, top, width, height), rgba[top:bottom, left:right]


def _at(frame: Frame, x: int, y: int) -> Frame:
    return Frame(
        frame.name, x, y, frame.width, frame.height, frame.left, frame.top, frame.source_width, frame.source_height
    )


def _power(least: int) -> int:
    return 1 << max(least - 1, 1).bit_length()

"""Everything that decides what a job makes. Equal requests with equal seeds give equal bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Background = Literal["keep", "transparent"]
TEXT_MAX = 300
SEED_MAX = 2**53 - 1
"""The largest number that every client reads exactly."""
VARIATIONS_MAX = 4


@dataclass(frozen=True, slots=True)
class PixelOptions:
    """The pixel pass: `grid` cells along each side, at most `colours` or those of a named `palette`."""

    grid: int = 64
    colours: int = 16
    palette: str | None = None
    outline: bool = False


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    text: str
    """As it was typed; at most TEXT_MAX characters, NFC."""
    english: str
    """The prompt made of it."""
    negative: str
    preset: str
    seed: int
    """Of the first variation; the others count up from it."""
    seed_locked: bool = False
    sketch_id: str | None = None
    style_strength: int = 50
    """0..100: 50 is the preset's own weight of its LoRAs, 100 twice, 0 none."""
    sketch_strength: int = 60
    """0..100: how closely the sketch is followed."""
    variations: int = 1
    size: int = 1024
    """Pixels along each side of the first asset."""
    background: Background = "transparent"
    pixel: PixelOptions | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> GenerationRequest:
        pixel = fields.get("pixel")
        return cls(**{**fields, "pixel": PixelOptions(**pixel) if pixel else None})

"""A look: which workflow, which models and how strongly, which words round the prompt; how a preview imitates it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from herofactory.studio.jobs.request import Background, PixelOptions

DEFAULT = "pixel-icon"


@dataclass(frozen=True, slots=True)
class Lora:
    file: str
    """Base name of the model's file, without folder or extension."""
    weight: float


@dataclass(frozen=True, slots=True)
class Pass:
    """One run of the sampler."""

    steps: int
    cfg: float
    denoise: float = 1.0


@dataclass(frozen=True, slots=True)
class Preset:
    name: str
    title: str
    title_ko: str
    description: str
    workflow: str
    """Name of a template in comfy_bridge/templates."""
    checkpoint: str
    prefix: str = ""
    """Put before the English prompt."""
    suffix: str = ""
    negative: str = ""
    loras: tuple[Lora, ...] = ()
    passes: tuple[Pass, ...] = ()
    sampler: str = "dpmpp_sde"
    scheduler: str = "normal"
    background: Background = "transparent"
    pixel: PixelOptions | None = None
    """The pixel pass where the request says nothing of it."""
    look: Mapping[str, Any] = field(default_factory=dict)
    """How the preview renderer imitates it: comfy_bridge/preview/look.py."""

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Preset:
        pixel = fields.get("pixel")
        return cls(
            **{
                **fields,
                "loras": tuple(Lora(**each) for each in fields.get("loras", ())),
                "passes": tuple(Pass(**each) for each in fields.get("passes", ())),
                "pixel": PixelOptions(**pixel) if pixel else None,
            }
        )


@cache
def presets() -> Mapping[str, Preset]:
    """By name; the files of `data/`."""
    folder = files(__package__) / "data"
    read = (
        Preset.from_json(json.loads(file.read_text("utf-8")))
        for file in folder.iterdir()
        if file.name.endswith(".json")
    )
    return {preset.name: preset for preset in sorted(read, key=lambda preset: preset.name)}

"""Where a picture comes from, written into it; and nothing else: what a renderer wrote there may be private."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from herofactory.assets.image import Image
from herofactory.studio.rendering.port import Backend

SOFTWARE = "HeroFactory"
GENERATED = "AI-generated"
PREVIEW = "preview: drawn by rules, without a model"


@dataclass(frozen=True, slots=True)
class Provenance:
    backend: Backend
    model: str
    """Base name of the checkpoint; the preview renderer's own name there."""
    preset: str
    seed: int
    credit: str | None = None

    @property
    def source(self) -> str:
        return PREVIEW if self.backend == "preview" else GENERATED

    def fields(self) -> Mapping[str, str]:
        """Text chunks by keyword. No time and no machine: the same request gives the same bytes."""
        fields = {
            "Software": SOFTWARE,
            "Source": self.source,
            "Model": self.model,
            "Preset": self.preset,
            "Seed": str(self.seed),
            "Backend": self.backend,
        }
        return {**fields, "Copyright": self.credit} if self.credit else fields


def stamped(pixels: NDArray[np.uint8], provenance: Provenance) -> Image:
    """`pixels` (height, width, 3 or 4) as a PNG that holds them and the text of `provenance`, nothing else."""
    from PIL import Image as Pillow
    from PIL.PngImagePlugin import PngInfo

    text = PngInfo()
    for name, value in provenance.fields().items():
        if value.isascii():
            text.add_text(name, value)
        else:
            text.add_itxt(name, value)
    picture = Pillow.fromarray(np.ascontiguousarray(pixels))
    out = io.BytesIO()
    picture.save(out, "PNG", pnginfo=text)
    return Image(out.getvalue(), picture.width, picture.height)


def read(png: bytes) -> Mapping[str, str]:
    """The text in a PNG of ours, by keyword."""
    from PIL import Image as Pillow

    with Pillow.open(io.BytesIO(png), formats=["PNG"]) as picture:
        picture.load()
        return {str(name): str(value) for name, value in picture.info.items() if isinstance(value, str)}

"""Tasks for the preview renderer and what its pictures show."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from comfy_bridge.preview.shapes import draw
from herofactory.studio.jobs.request import GenerationRequest
from herofactory.studio.presets.preset import presets
from herofactory.studio.rendering.port import RenderTask

Pixels = NDArray[np.uint8]


def png(pixels: NDArray[Any]) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def sketch(shape: str, seed: int = 3) -> bytes:
    """White lines on black, 1024 x 1024."""
    lines = draw(shape, 1024, 0.12, np.random.default_rng(seed))
    return png((lines * 255).astype(np.uint8))


def task(words: str, drawing: bytes | None = None, *, preset: str = "native-1024", **options: Any) -> RenderTask:
    fields = {"seed": 7, "background": "transparent", **options}
    request = GenerationRequest(text=words, english=words, negative="", preset=preset, **fields)
    return RenderTask(UUID(int=1), request, presets()[preset], drawing)


def silent(_stage: str, _percent: float, _preview: bytes | None) -> None:
    pass


def decoded(picture: bytes) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(picture)))


def hue(pixels: Pixels) -> float:
    """Of what is opaque, the mean in degrees, by saturation: 0 red, 120 green, 240 blue."""
    seen = pixels[pixels[..., 3] > 200][:, :3].astype(np.float64) / 255 if pixels.shape[2] == 4 else pixels / 255
    red, green, blue = seen.reshape(-1, 3).T
    angle = np.arctan2(np.sqrt(3) * (green - blue), 2 * red - green - blue)
    weight = seen.max(axis=-1).ravel() - seen.min(axis=-1).ravel()
    return float(np.degrees(np.angle((weight * np.exp(1j * angle)).sum())) % 360)

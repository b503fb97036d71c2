"""From what a renderer gives to what its owner gets."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from herofactory.assets.image import Image
from herofactory.studio.images.background import cut_out
from herofactory.studio.images.pixel import pixelate
from herofactory.studio.images.provenance import Provenance, stamped
from herofactory.studio.images.trim import squared, trimmed
from herofactory.studio.jobs.request import GenerationRequest
from herofactory.studio.presets.preset import Preset
from herofactory.studio.rendering.port import RawImage, RenderError

Pixels = NDArray[np.uint8]
Kind = Literal["image", "sprite", "pixel"]

MARGIN = 0.04
"""Of a sprite's longer side, left free all round."""
_MOST_PIXELS = 4096 * 4096


@dataclass(frozen=True, slots=True)
class FinishedAsset:
    kind: Kind
    image: Image


@dataclass(frozen=True, slots=True)
class FinishedAssets:
    assets: tuple[FinishedAsset, ...]
    """First the picture of the size asked for; then, where asked, the sprite cut out of it and its pixel art (1:1)."""
    cut_confidence: float | None
    """0..1 how surely the background was told from the rest; None: it was not asked for."""

    def of(self, kind: Kind) -> Image | None:
        return next((asset.image for asset in self.assets if asset.kind == kind), None)


def finish(raw: RawImage, request: GenerationRequest, preset: Preset, provenance: Provenance) -> FinishedAssets:
    """The same arguments give the same bytes. Raises RenderError RENDER_FAILED where `raw` is no picture."""
    provenance = replace(provenance, seed=raw.seed, credit=raw.credit or provenance.credit)
    rgba = _decoded(raw.png)
    made: list[tuple[Kind, Pixels]] = [("image", _flat(_sized(rgba, request.size)))]
    cutout = cut_out(rgba) if request.background == "transparent" else None
    shown = cutout.rgba if cutout else rgba
    if cutout:
        made.append(("sprite", _at_most(squared(trimmed(shown), MARGIN), request.size)))
    pixel = request.pixel or preset.pixel
    if pixel:
        made.append(("pixel", pixelate(shown, pixel, rgba).pixels))
    assets = tuple(FinishedAsset(kind, stamped(pixels, provenance)) for kind, pixels in made)
    return FinishedAssets(assets, cutout.confidence if cutout else None)


def _decoded(png: bytes) -> Pixels:
    from PIL import Image as Pillow

    try:
        with Pillow.open(io.BytesIO(png), formats=["PNG"]) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise RenderError("RENDER_FAILED", f"the result has {picture.width} x {picture.height} pixels")
            return np.asarray(picture.convert("RGBA"))
    except RenderError:
        raise
    except Exception as error:  # a decoder raises whatever broken bytes lead it to
        raise RenderError("RENDER_FAILED", "the result is no whole PNG image") from error


def _sized(rgba: Pixels, size: int) -> Pixels:
    """Square, `size` on each side."""
    from PIL import Image as Pillow

    square = squared(rgba)
    if square.shape[0] == size:
        return square
    weighed = Pillow.fromarray(np.ascontiguousarray(square)).convert("RGBa")
    return np.asarray(weighed.resize((size, size), Pillow.Resampling.LANCZOS).convert("RGBA"))


def _at_most(rgba: Pixels, size: int) -> Pixels:
    """Never enlarged: that makes it softer, not better."""
    return _sized(rgba, min(size, rgba.shape[0]))


def _flat(rgba: Pixels) -> Pixels:
    """Without alpha where nothing is transparent."""
    return rgba[..., :3] if (rgba[..., 3] == 255).all() else rgba

"""The renderer of the preview: what answers where no server with a GPU is set."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from comfy_bridge.preview.fields import Field, Rng, resize
from comfy_bridge.preview.finish import Pixels, cut_out, encode, on_backdrop, on_grid, opaque, over
from comfy_bridge.preview.icons import IconShapes
from comfy_bridge.preview.look import Look
from comfy_bridge.preview.picture import Prepared, draw_figure
from comfy_bridge.preview.shapes import draw
from comfy_bridge.preview.tiles import ground
from comfy_bridge.preview.words import Theme, read
from herofactory.studio.jobs.request import PixelOptions
from herofactory.studio.rendering.port import Backend, RawImage, RenderError, RenderTask, Report

SIZE = 1024
_THUMB = 256


class PreviewRenderer:
    """Synchronous, on one core, about a second a picture; safe to share between threads.

    `icons`: the unpacked icon package of the sample catalogue, or None where it is not at hand.
    """

    backend: Backend = "preview"

    def __init__(self, icons: Path | None = None) -> None:
        self._icons = IconShapes(icons) if icons else None

    def render(self, task: RenderTask, report: Report) -> Sequence[RawImage]:
        """As many pictures as the request has variations; SIZE x SIZE PNG, RGBA where the background is left out.

        Raises RenderError INVALID_SKETCH for a sketch that is no picture.
        """
        request = task.request
        theme = read(request.english or request.text)
        look = Look.of(task.preset.look).at(request.style_strength)
        report("preparing", 5.0, None)
        given = Prepared.of(_ink(task.sketch, look)) if task.sketch is not None else None
        if given is not None and not given.drawing.regions:
            given = None
        images: list[RawImage] = []
        for number in range(request.variations):
            seed = request.seed + number
            rng = np.random.Generator(np.random.PCG64([seed, 1]))
            prepared, credit = (given, None) if given or look.tile else self._from_words(theme, look, rng)
            pixels = self._picture(task, prepared, theme, look, rng)
            images.append(RawImage(encode(pixels), seed, credit))
            report("rendering", 10 + 88 * (number + 1) / request.variations, _thumbnail(pixels))
        return images

    def _from_words(self, theme: Theme, look: Look, rng: Rng) -> tuple[Prepared, str | None]:
        found = self._icons.find(theme, SIZE, look.margin, rng) if self._icons else None
        ink = found.ink if found else draw(theme.thing.shape, SIZE, look.margin, rng)
        return Prepared.of(ink), found.credit if found else None

    def _picture(self, task: RenderTask, prepared: Prepared | None, theme: Theme, look: Look, rng: Rng) -> Pixels:
        request = task.request
        if look.tile:
            return self._tile(prepared, theme, look, request.sketch_strength / 100, rng)
        assert prepared is not None
        figure = draw_figure(prepared, theme, look, request.sketch_strength / 100, rng)
        if request.background == "transparent":
            pixels = cut_out(figure)
        else:
            pixels = on_backdrop(figure, look, theme.parts[0].colour, rng)
        if look.grid:
            asked = request.pixel or task.preset.pixel or PixelOptions(look.grid, look.colours)
            pixels = on_grid(pixels, replace(asked, outline=False))
        return pixels

    def _tile(self, prepared: Prepared | None, theme: Theme, look: Look, fidelity: float, rng: Rng) -> Pixels:
        below = ground(theme, look, SIZE, rng)
        if prepared is None:
            return opaque(below)
        return opaque(over(below, draw_figure(prepared, theme, look, fidelity, rng), look))


def _fitted(ink: Field, share: float) -> Field:
    """What is drawn, scaled into the middle so that it stays clear of the edges."""
    inner = round(SIZE * share)
    edge = (SIZE - inner) // 2
    return np.pad(resize(ink, inner, inner), (edge, SIZE - inner - edge))


def _ink(sketch: bytes, look: Look) -> Field:
    try:
        image = Image.open(io.BytesIO(sketch)).convert("L")
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise RenderError("INVALID_SKETCH", "the sketch cannot be read as a picture") from error
    if image.size != (SIZE, SIZE):
        image = image.resize((SIZE, SIZE), Image.Resampling.BILINEAR)
    ink = np.asarray(image, dtype=np.float32) / np.float32(255)
    return _fitted(ink, 1 - 2 * max(0.12, look.margin)) if look.tile else ink


def _thumbnail(pixels: Pixels) -> bytes:
    image = Image.fromarray(pixels)
    return encode(np.asarray(image.resize((_THUMB, _THUMB), Image.Resampling.BILINEAR)))

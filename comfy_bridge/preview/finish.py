"""From a figure to the picture's bytes: background or alpha, glow, vignette, the pixel grid."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from comfy_bridge.preview.backdrop import backdrop, cast_shadow, ground_shadow, vignette
from comfy_bridge.preview.colour import Colour, Rgb
from comfy_bridge.preview.fields import Field, Rng, clamp
from comfy_bridge.preview.look import Look
from comfy_bridge.preview.picture import Figure
from herofactory.studio.images import palette
from herofactory.studio.jobs.request import PixelOptions

Pixels = NDArray[np.uint8]
_HALO = 0.42
"""Most opacity of a glow where the background is left out: below half, so that it is never taken for the thing."""


def on_backdrop(figure: Figure, look: Look, colour: Colour, rng: Rng) -> Pixels:
    """(size, size, 3)."""
    size = figure.alpha.shape[0]
    rgb = over(backdrop(look.backdrop, size, colour, rng), figure, look)
    if look.vignette > 0:
        rgb = rgb * vignette(size, look.vignette)[..., None]
    return opaque(rgb)


def over(rgb: Rgb, figure: Figure, look: Look) -> Rgb:
    """The figure with its shadow and glow laid over a background."""
    if look.shadow > 0:
        shadow = (
            ground_shadow(figure.alpha)
            if look.backdrop != "card" and not look.tile
            else cast_shadow(figure.alpha, 22, 26)
        )
        rgb = rgb * (1 - np.float32(look.shadow) * shadow)[..., None]
    if figure.glow is not None:
        rgb = 1 - (1 - rgb) * (1 - clamp(figure.glow))
    return rgb + (figure.rgb - rgb) * figure.alpha[..., None]


def cut_out(figure: Figure) -> Pixels:
    """(size, size, 4): transparent round the thing and its glow."""
    rgb, alpha = figure.rgb, figure.alpha
    if figure.glow is not None:
        rgb, alpha = _with_halo(rgb, alpha, figure.glow)
    return opaque(np.concatenate([rgb * (alpha > 0)[..., None], alpha[..., None]], axis=-1))


def _with_halo(rgb: Rgb, alpha: Field, glow: Rgb) -> tuple[Rgb, Field]:
    strength = glow.max(axis=-1)
    halo = np.minimum(strength, np.float32(_HALO)) * (1 - alpha)
    colour = glow / np.maximum(strength, 1e-4)[..., None]
    total = alpha + halo
    return (rgb * alpha[..., None] + colour * halo[..., None]) / np.maximum(total, 1e-4)[..., None], total


def opaque(values: Field) -> Pixels:
    """Values 0..1 as bytes."""
    return (clamp(values) * 255 + np.float32(0.5)).astype(np.uint8)


def on_grid(pixels: Pixels, options: PixelOptions) -> Pixels:
    """On a grid of equal cells in few colours, at the same size and place; alpha becomes 0 or 255."""
    size, channels = pixels.shape[0], pixels.shape[2]
    small = _cells(pixels, options.grid)
    solid = small[..., 3] >= 128 if channels == 4 else np.ones(small.shape[:2], np.bool_)
    seen = small[solid][:, :3]
    if len(seen):
        colours = palette.named(options.palette) if options.palette else palette.chosen(seen, options.colours)
        small[solid, :3] = colours[palette.nearest(seen, colours)]
    if channels == 4:
        small[..., 3] = np.where(solid, 255, 0)
        small[~solid] = 0
    return np.asarray(Image.fromarray(small).resize((size, size), Image.Resampling.NEAREST))


def _cells(pixels: Pixels, grid: int) -> Pixels:
    """The mean of each cell, weighted by alpha, made a little crisper."""
    values = pixels.astype(np.float32)
    alpha = values[..., 3:] / 255 if pixels.shape[2] == 4 else np.ones((*pixels.shape[:2], 1), np.float32)
    image = np.concatenate([values[..., :3] * alpha, alpha * 255], axis=-1)
    channels = [
        np.asarray(Image.fromarray(image[..., index]).resize((grid, grid), Image.Resampling.HAMMING))
        for index in range(4)
    ]
    share = np.maximum(channels[3], 1.0) / 255
    rgb = [np.clip(channel / share, 0, 255) for channel in channels[:3]]
    kept = np.stack([*rgb, channels[3]][: pixels.shape[2]], axis=-1)
    return (kept + 0.5).clip(0, 255).astype(np.uint8)


def encode(pixels: Pixels) -> bytes:
    """PNG; the same bytes for the same pixels."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", compress_level=4)
    return out.getvalue()

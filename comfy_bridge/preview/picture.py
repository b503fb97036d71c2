"""A drawing and a theme become a picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image

from comfy_bridge.preview.casting import Cast, cast
from comfy_bridge.preview.colour import Rgb
from comfy_bridge.preview.fields import Field, Rng, blur, clamp, resize, smoothstep
from comfy_bridge.preview.look import Look
from comfy_bridge.preview.regions import Drawing, Region, take_apart
from comfy_bridge.preview.relief import Light, Relief, surface
from comfy_bridge.preview.shading import SHARP, Scene, painted
from comfy_bridge.preview.words import Theme

SCALE = 2
"""Pixels of the picture to one of the drawing that regions are found in."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What all variations of a job have in common. `ink`: the lines, 0..1, at the picture's size."""

    ink: Field
    drawing: Drawing
    relief: Relief

    @classmethod
    def of(cls, ink: Field) -> Prepared:
        height, width = ink.shape
        small = resize(ink, width // SCALE, height // SCALE, Image.Resampling.BOX)
        drawing = take_apart(small > 0.4)
        return cls(ink, drawing, Relief.of(drawing))


@dataclass(frozen=True, slots=True)
class Figure:
    """A thing without background: colours not multiplied with `alpha`; `glow`: light round it, as colours."""

    rgb: Rgb
    alpha: Field
    glow: Rgb | None


def draw_figure(prepared: Prepared, theme: Theme, look: Look, fidelity: float, rng: Rng) -> Figure:
    """`fidelity` 0..1: the lines as they were drawn .. soft and faint ones. Equal arguments give equal pixels."""
    light = Light.from_angle(-42 + float(rng.uniform(-16, 16)))
    roles = cast(prepared.drawing, theme, (light.x, light.y), rng)
    rgb, body = _fill(prepared, roles, look, light, rng)
    alpha = _contour(prepared, body, fidelity)
    lit = _rim(prepared, rgb, look, light)
    inked = _ink(prepared, lit, look, fidelity)
    return Figure(clamp(inked), alpha, _glow(prepared, roles, look, alpha))


def _fill(
    prepared: Prepared, roles: Mapping[int, Cast | None], look: Look, light: Light, rng: Rng
) -> tuple[Rgb, Field]:
    """Every region's own picture, put together with soft seams; and how solid it is."""
    size = prepared.ink.shape[0]
    rgb, weight = np.zeros((size, size, 3), np.float32), np.full((size, size), 1e-4, np.float32)
    holes = np.zeros((size, size), np.float32)
    for region in prepared.drawing.regions:
        own = np.random.Generator(np.random.PCG64(int(rng.integers(2**62))))
        box = _around(region, prepared.drawing.labels.shape[0])
        where = _where(box)
        part = _soft(prepared.drawing, region.label, box)
        role = roles[region.label]
        if role is None:
            holes[where] = np.maximum(holes[where], part)
            continue
        surface_ = surface(prepared.relief, region, box, SCALE, SHARP.get(role.material.kind, 0.0))
        colours = painted(surface_, role.material, Scene(light, look, role.facing, role.many), own)
        rgb[where] += colours * part[..., None]
        weight[where] += part
    return rgb / weight[..., None], holes


def _around(region: Region, size: int) -> tuple[int, int, int, int]:
    top, bottom, left, right = region.box
    return max(0, top - 3), min(size, bottom + 3), max(0, left - 3), min(size, right + 3)


def _where(box: tuple[int, int, int, int]) -> tuple[slice, slice]:
    top, bottom, left, right = (SCALE * edge for edge in box)
    return slice(top, bottom), slice(left, right)


def _soft(drawing: Drawing, label: int, box: tuple[int, int, int, int]) -> Field:
    top, bottom, left, right = box
    own = (drawing.labels[top:bottom, left:right] == label).astype(np.float32)
    return clamp(resize(own, (right - left) * SCALE, (bottom - top) * SCALE, Image.Resampling.BILINEAR))


def _contour(prepared: Prepared, holes: Field, fidelity: float) -> Field:
    """The silhouette; less faithful, its jitter is smoothed."""
    size = prepared.ink.shape[0]
    solid = resize(prepared.drawing.silhouette.astype(np.float32), size, size, Image.Resampling.BILINEAR)
    smooth = blur(solid, 2.0 + 7.0 * (1 - fidelity))
    alpha = smoothstep(0.36, 0.64, smooth)
    hole = smoothstep(0.4, 0.6, blur(holes, 2.0)) * (1 - smoothstep(0.3, 0.6, prepared.ink))
    return alpha * (1 - hole)


def _rim(prepared: Prepared, rgb: Rgb, look: Look, light: Light) -> Rgb:
    """A cool light from behind along the edges that turn away."""
    if look.rim <= 0:
        return rgb
    size = prepared.ink.shape[0]
    depth = resize(prepared.relief.body_depth, size, size)
    down, right = np.gradient(blur(depth, 3.0))
    away = clamp(right * np.float32(light.x) + down * np.float32(light.y))
    start = look.outline + 5
    band = smoothstep(start, start + 3, depth) * (1 - smoothstep(start + 4, start + 13, depth))
    amount = 0.42 * look.rim * band * away
    return rgb + (np.array([0.72, 0.85, 1.0], np.float32) - rgb) * clamp(amount)[..., None]


def _ink(prepared: Prepared, rgb: Rgb, look: Look, fidelity: float) -> Rgb:
    """Lines and the contour as much darker shades of what they lie on."""
    size = prepared.ink.shape[0]
    lines = resize(prepared.drawing.lines.astype(np.float32), size, size, Image.Resampling.BILINEAR)
    drawn = np.minimum(prepared.ink, smoothstep(0.0, 0.5, blur(lines, 2.0)))
    if fidelity < 0.95:
        drawn = smoothstep(0.25, 0.9, blur(drawn, 0.6 + 4 * (1 - fidelity)) * (1.1 + 0.2 * fidelity))
    depth = resize(prepared.relief.body_depth, size, size) * SCALE
    edge = 1 - smoothstep(look.outline, look.outline + 3.0, depth) if look.outline > 0 else np.zeros_like(depth)
    inner = drawn * np.float32(look.lines * (0.4 + 0.6 * fidelity))
    tint = np.array([0.2, 0.17, 0.24], np.float32)
    dark = rgb * tint + np.array([0.012, 0.008, 0.022], np.float32)
    rgb = rgb + (dark * 1.4 - rgb) * clamp(inner)[..., None]
    return rgb + (dark * 0.8 - rgb) * clamp(edge)[..., None]


def _glow(prepared: Prepared, roles: Mapping[int, Cast | None], look: Look, alpha: Field) -> Rgb | None:
    """What shines lights the air round it."""
    shining = [(label, role.material) for label, role in roles.items() if role and role.material.glow > 0.04]
    if not shining or look.glow <= 0:
        return None
    labels = prepared.drawing.labels
    light = np.zeros((*labels.shape, 3), np.float32)
    for label, material in shining:
        light[labels == label] = material.colour.lit(0.08).rgb() * np.float32(material.glow * look.glow)
    size = alpha.shape[0]
    channels = []
    for channel in range(3):
        near, far = blur(light[..., channel], 12), blur(light[..., channel], 42)
        channels.append(resize(0.45 * near + 0.75 * far, size, size, Image.Resampling.BILINEAR))
    return np.stack(channels, axis=-1)

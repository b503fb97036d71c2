"""One region painted as its material: tones for its ramp of colours, and light added on top."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from comfy_bridge.preview import texture
from comfy_bridge.preview.colour import Rgb, paint, ramp, to_rgb
from comfy_bridge.preview.fields import Field, Rng, clamp, field, smoothstep
from comfy_bridge.preview.look import Look
from comfy_bridge.preview.materials import Kind, Material
from comfy_bridge.preview.relief import Light, Surface

SHARP: Mapping[Kind, float] = {"metal": 0.8, "crystal": 0.85, "wood": 0.3, "stone": 0.45, "plain": 0.15, "bone": 0.1}
"""How chiselled a material is; what is not here is a pillow."""


@dataclass(slots=True)
class Paint:
    """Tones 0..1 into the ramp; `shine`: white light added, 0..1; `veil`: how far the colour fades to a pale one."""

    tone: Field
    shine: Field
    veil: Field | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    light: Light
    look: Look
    facing: float = 0.0
    """Of flat pieces: how far this one looks towards the light, -1..1."""
    many: bool = False
    """One of several pieces of the same body."""


def painted(s: Surface, material: Material, scene: Scene, rng: Rng) -> Rgb:
    look = scene.look
    colours = _ramp(material, look)
    if look.shading == "flat":
        return paint(_flat_tone(s, scene), colours)
    kind = _KINDS[material.kind](s, material, scene, rng)
    tone = kind.tone + np.float32(0.12 * scene.facing)
    if look.shading == "painted":
        tone = tone + 0.05 * look.texture * texture.cloudy(s, rng, 70, 4)
        tone = 0.5 + (tone - 0.5) * 1.12
    shine = kind.shine * np.float32(look.gloss)
    if look.shading == "cel":
        tone, shine = _cel(tone, look.levels), smoothstep(0.42, 0.5, shine) * 0.8
    rgb = paint(clamp(tone), colours)
    if kind.veil is not None:
        pale = np.array([0.86, 0.93, 0.95], np.float32)
        rgb = rgb + (pale - rgb) * (kind.veil * 0.72)[..., None]
    return rgb + (np.float32(1) - rgb) * clamp(shine)[..., None]


def _ramp(material: Material, look: Look) -> Rgb:
    colour = material.colour
    if material.kind == "fire":
        return _fire_ramp(material)
    colour = type(colour)(colour.light, min(0.3, colour.chroma * look.saturation), colour.hue)
    return ramp(colour, contrast=material.contrast * look.contrast, shift=look.shift)


def _fire_ramp(material: Material) -> Rgb:
    """From dark embers through its colour to nearly white, which is nearer to yellow."""
    x, base = np.linspace(0, 1, 256), material.colour
    way = (105 - base.hue + 180) % 360 - 180
    lights, shadows = float(np.clip(way, -48, 48)), -0.5 * float(np.clip(way, -48, 48))
    light = np.interp(x, [0, 0.25, 0.5, 0.8, 1], [0.2, 0.46, base.light, 0.9, 0.985])
    chroma = base.chroma * np.interp(x, [0, 0.25, 0.5, 0.8, 1], [0.6, 1.0, 1.1, 0.85, 0.3])
    hue = base.hue + np.interp(x, [0, 0.5, 0.85, 1], [shadows, 0, lights, lights])
    return to_rgb(light, chroma, hue % 360)


def _flat_tone(s: Surface, scene: Scene) -> Field:
    lower = smoothstep(-0.004, 0.004, (s.x - 0.5) + (s.y - 0.5))
    return (0.6 + 0.1 * scene.facing - 0.16 * lower).astype(np.float32)


def _cel(tone: Field, levels: int) -> Field:
    """Bands with soft edges of about two pixels."""
    steps = np.clip((tone - 0.18) / 0.66, 0, 0.999) * levels
    low = np.floor(steps)
    edge = smoothstep(0.0, 0.07, steps - low)
    return field((0.26 + (low - 1 + edge) * np.float32(0.62 / max(1, levels - 1))).astype(np.float32))


def _diffuse(s: Surface, scene: Scene, strength: float = 0.46) -> Field:
    """Light on the surface with the shade that lies along the edges."""
    lit = scene.light.on(s.right, s.down, s.up)
    shade = np.exp(-s.depth / np.float32(9.0))
    return field(0.24 + strength * lit - 0.17 * shade + 0.07 * (0.5 - s.y))


def _highlight(s: Surface, scene: Scene, gloss: float) -> Field:
    light = scene.light
    halfway = np.array([light.x, light.y, light.z + 1.0])
    halfway /= np.linalg.norm(halfway)
    facing = clamp(s.right * halfway[0] + s.down * halfway[1] + s.up * halfway[2])
    return facing ** np.float32(8 + 60 * gloss) * np.float32(gloss)


def _metal(s: Surface, m: Material, scene: Scene, rng: Rng) -> Paint:
    lit = scene.light.on(s.right, s.down, s.up)
    tone = _diffuse(s, scene, 0.7) - 0.04
    brushed = texture.stretched(s, rng, 420, 7, 2) * np.float32(0.5 if s.broad else 1.0)
    top, left = s.origin
    diagonal = (s.x * s.shape[1] + left + (s.y * s.shape[0] + top) * 0.7) / s.picture
    sheen = np.exp(-(((diagonal - rng.uniform(0.62, 0.9)) / 0.07) ** 2)) * 0.3
    horizon = -0.2 * np.exp(-(((lit - 0.36) / 0.1) ** 2))
    tone = tone + (horizon + sheen) * m.gloss + m.texture * 1.3 * scene.look.texture * brushed
    edge = np.exp(-(((s.depth - 5.0) / 3.0) ** 2)) * clamp(lit) * 0.35 * m.gloss
    return Paint(tone, 0.75 * _highlight(s, scene, m.gloss) + edge)


def _wood(s: Surface, m: Material, scene: Scene, rng: Rng) -> Paint:
    tone = _diffuse(s, scene, 0.48) + 0.05 + m.texture * scene.look.texture * 0.75 * texture.grain(s, rng)
    return Paint(tone, 0.3 * _highlight(s, scene, m.gloss))


def _cloth(s: Surface, m: Material, scene: Scene, rng: Rng) -> Paint:
    pattern = 0.9 * texture.folds(s, rng) + 0.22 * texture.weave(s)
    return Paint(_diffuse(s, scene, 0.5) + 0.03 + m.texture * scene.look.texture * pattern, np.zeros_like(s.up))


def _leather(s: Surface, m: Material, scene: Scene, rng: Rng) -> Paint:
    pattern = 0.6 * texture.cloudy(s, rng, 14, 2) + 0.7 * texture.cloudy(s, rng, 90, 2)
    tone = _diffuse(s, scene) + m.texture * scene.look.texture * pattern
    if s.region.inradius > 22:
        thread, groove = texture.stitches(s)
        tone = tone + scene.look.texture * (0.34 * thread - 0.16 * groove)
    return Paint(tone, 0.45 * _highlight(s, scene, m.gloss))


def _crystal(s: Surface, m: Material, scene: Scene, rng: Rng) -> Paint:
    lit = scene.light.on(s.right, s.down, s.up)
    tone = 0.3 + 0.42 * lit + 0.16 * smoothstep(0.35, 1.0, s.x * 0.5 + s.y * 0.6)
    shine = 0.8 * _highlight(s, scene, 0.8 * m.gloss)
    if scene.many:
        sweep = (0.5 - s.x) * 0.3 + (0.5 - s.y) * 0.22
        return Paint(tone * 0.6 + 0.18 + sweep + 0.42 * scene.facing, shine * 0.5)
    if s.region.inradius > 14:
        face, edges = texture.facets(s, rng, int(np.clip(s.region.area / 2200, 4, 13)))
        tone = tone + m.texture * scene.look.texture * face
        shine = shine + 0.32 * edges * scene.look.texture * smoothstep(0.0, 0.25, s.deep)
    return Paint(tone, shine)


def _glass(s: Surface, m: Material, scene: Scene, rng: Rng) -> Paint:
    """A liquid up to two thirds, lit through from below; clear above; a window's reflection."""
    lit = scene.light.on(s.right, s.down, s.up)
    wave = np.sin(s.x * 9 + np.float32(rng.uniform(0, 6))) * 0.012
    level = 0.3 if s.region.inradius > 24 else -1.0
    below = smoothstep(level - 0.008, level + 0.008, s.y + wave)
    through = smoothstep(0.2, 1.05, s.y) * 0.22 + 0.16 * clamp(-lit)
    tone = 0.31 + 0.2 * lit + through - 0.2 * np.exp(-s.depth / np.float32(12.0)) * below
    surface = np.exp(-(((s.y + wave - level - 0.012) / 0.014) ** 2)) * 0.3
    body, glint = texture.bubbles(s, rng, 7 if s.region.inradius > 24 else 0, 15.0)
    window = smoothstep(0.8, 0.9, lit) * smoothstep(0.12, 0.2, s.deep) * (1 - smoothstep(0.5, 0.62, s.deep)) * 0.6
    shine = 0.8 * _highlight(s, scene, m.gloss) + surface + window + (0.4 * body + 0.6 * glint) * below
    return Paint(tone, shine, (1 - below) * (0.6 + 0.4 * s.deep))


def _slime(s: Surface, m: Material, scene: Scene, rng: Rng) -> Paint:
    lit = scene.light.on(s.right, s.down, s.up)
    through = 0.3 * smoothstep(0.35, 1.0, s.y) * (1 - 0.5 * s.deep) + 0.12 * clamp(-lit)
    tone = 0.3 + 0.4 * lit + through - 0.14 * np.exp(-s.depth / np.float32(7.0))
    tone = tone + m.texture * scene.look.texture * texture.cloudy(s, rng, 120, 2)
    shine = smoothstep(0.3, 0.55, _highlight(s, scene, m.gloss)) * 0.85
    if s.region.inradius > 40:
        body, glint = texture.bubbles(s, rng, 6, 20.0)
        tone, shine = tone + 0.22 * body, shine + 0.4 * glint
    return Paint(tone, shine)


def _fire(s: Surface, m: Material, scene: Scene, rng: Rng) -> Paint:
    heat = 0.2 + 0.72 * s.deep ** np.float32(0.75) * (0.55 + 0.5 * s.y)
    heat = heat + m.texture * scene.look.texture * 0.8 * texture.flicker(s, rng) * (0.35 + 0.65 * s.deep)
    return Paint(heat + 0.12, np.zeros_like(s.up))


def _magic(s: Surface, m: Material, scene: Scene, rng: Rng) -> Paint:
    swirl = texture.cloudy(s, rng, 130, 4)
    veins = 1 - smoothstep(0.0, 0.3, np.abs(swirl))
    tone = _diffuse(s, scene, 0.3) + 0.25 * s.deep + m.texture * scene.look.texture * (0.8 * swirl + 1.1 * veins)
    return Paint(tone, 0.3 * veins * s.deep * m.glow + 0.4 * _highlight(s, scene, m.gloss))


def _stone(s: Surface, m: Material, scene: Scene, rng: Rng) -> Paint:
    pattern = 0.8 * texture.cloudy(s, rng, 80, 5) + 0.5 * texture.cloudy(s, rng, 9, 1)
    tone = _diffuse(s, scene, 0.56) + m.texture * scene.look.texture * pattern
    return Paint(tone - 0.2 * scene.look.texture * texture.cracks(s, rng), 0.2 * _highlight(s, scene, m.gloss))


def _bone(s: Surface, m: Material, scene: Scene, rng: Rng) -> Paint:
    tone = _diffuse(s, scene, 0.5) + 0.06 + m.texture * scene.look.texture * texture.stretched(s, rng, 120, 22)
    return Paint(tone - 0.12 * scene.look.texture * texture.cracks(s, rng, 150), 0.4 * _highlight(s, scene, m.gloss))


def _plant(s: Surface, m: Material, scene: Scene, rng: Rng) -> Paint:
    tone = _diffuse(s, scene, 0.5) + 0.5 * m.texture * scene.look.texture * texture.cloudy(s, rng, 60, 3)
    if s.region.elongation > 1.4:
        tone = tone + 0.14 * scene.look.texture * texture.veins(s)
    return Paint(tone, 0.4 * _highlight(s, scene, m.gloss))


def _skin(s: Surface, m: Material, scene: Scene, rng: Rng) -> Paint:
    tone = _diffuse(s, scene, 0.5) + m.texture * scene.look.texture * texture.cloudy(s, rng, 90, 3)
    if m.gloss > 0.6:
        tone = tone + 0.045 * scene.look.texture * texture.speckles(s, rng)
    bounce = 0.14 * clamp(-scene.light.on(s.right, s.down, s.up) + 0.2)
    return Paint(tone + bounce, 0.7 * smoothstep(0.1, 0.7, _highlight(s, scene, m.gloss)) * m.gloss)


def _fur(s: Surface, m: Material, scene: Scene, rng: Rng) -> Paint:
    strands = 0.7 * texture.stretched(s, rng, 60, 7, 2) + 0.5 * texture.cloudy(s, rng, 70, 2)
    return Paint(_diffuse(s, scene, 0.46) + 0.05 + m.texture * scene.look.texture * strands, np.zeros_like(s.up))


def _paper(s: Surface, m: Material, scene: Scene, rng: Rng) -> Paint:
    pattern = texture.cloudy(s, rng, 110, 5)
    burnt = 0.16 * np.exp(-s.depth / np.float32(26.0)) * (1 + 0.8 * texture.cloudy(s, rng, 50, 2))
    tone = _diffuse(s, scene, 0.34) + 0.14 + m.texture * scene.look.texture * pattern - burnt * scene.look.texture
    return Paint(tone, np.zeros_like(s.up))


def _plain(s: Surface, m: Material, scene: Scene, rng: Rng) -> Paint:
    tone = _diffuse(s, scene, 0.5) + m.texture * scene.look.texture * texture.cloudy(s, rng, 100, 3)
    return Paint(tone, 0.9 * smoothstep(0.15, 0.8, _highlight(s, scene, m.gloss)) * m.gloss)


_KINDS: Mapping[Kind, Callable[[Surface, Material, Scene, Rng], Paint]] = {
    "metal": _metal, "wood": _wood, "cloth": _cloth, "leather": _leather, "crystal": _crystal, "glass": _glass,
    "slime": _slime, "fire": _fire, "magic": _magic, "stone": _stone, "bone": _bone, "plant": _plant, "skin": _skin,
    "fur": _fur, "paper": _paper, "plain": _plain,
}  # fmt: skip

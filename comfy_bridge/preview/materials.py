"""What things are made of: a colour, and how it takes the light."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from comfy_bridge.preview.colour import Colour, from_hex

Kind = Literal[
    "metal", "wood", "cloth", "leather", "crystal", "glass", "slime", "fire", "magic", "stone", "bone", "plant",
    "skin", "fur", "paper", "plain",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Material:
    name: str
    kind: Kind
    colour: Colour
    gloss: float
    """0 dull .. 1 mirror: strength and sharpness of the highlight."""
    texture: float
    """Strength of the surface's own pattern, in tones."""
    glow: float = 0.0
    """Light it gives off."""
    contrast: float = 1.0

    def coloured(self, colour: Colour) -> Material:
        """Dyed: hue and chroma of the dye, the lightness between both."""
        chroma = colour.chroma if colour.chroma < 0.04 else max(colour.chroma, 0.08)
        light = 0.25 * self.colour.light + 0.75 * colour.light
        return replace(self, colour=Colour(light, chroma, colour.hue))


def _material(name: str, kind: Kind, colour: str, *numbers: float) -> Material:
    return Material(name, kind, from_hex(colour), *numbers)


#          name        kind       colour     gloss texture glow contrast
_ALL = (
    _material("plain", "plain", "#8f9bb3", 0.25, 0.03),
    _material("iron", "metal", "#8b93a0", 0.75, 0.05, 0.0, 1.1),
    _material("steel", "metal", "#a9b6c8", 0.95, 0.03, 0.0, 1.15),
    _material("silver", "metal", "#c3cbd6", 1.0, 0.02, 0.0, 1.1),
    _material("gold", "metal", "#e0a526", 1.0, 0.03, 0.0, 1.1),
    _material("copper", "metal", "#c4693a", 0.8, 0.05, 0.0, 1.1),
    _material("bronze", "metal", "#a9742f", 0.75, 0.06, 0.0, 1.1),
    _material("rust", "metal", "#8d5134", 0.25, 0.14, 0.0, 0.95),
    _material("obsidian", "crystal", "#3a3350", 1.0, 0.12, 0.0, 1.2),
    _material("wood", "wood", "#95602f", 0.15, 0.16),
    _material("darkwood", "wood", "#5d3a22", 0.15, 0.15),
    _material("cloth", "cloth", "#6f6fb4", 0.05, 0.1),
    _material("leather", "leather", "#7a4a2b", 0.3, 0.09),
    _material("crystal", "crystal", "#5cc3f2", 1.0, 0.16, 0.25),
    _material("ruby", "crystal", "#d61f35", 1.0, 0.16, 0.2),
    _material("emerald", "crystal", "#1fb565", 1.0, 0.16, 0.2),
    _material("sapphire", "crystal", "#2f63dc", 1.0, 0.16, 0.2),
    _material("amethyst", "crystal", "#9a4fe0", 1.0, 0.16, 0.2),
    _material("topaz", "crystal", "#f0a224", 1.0, 0.16, 0.2),
    _material("diamond", "crystal", "#b5e6f5", 1.0, 0.18, 0.3),
    _material("pearl", "plain", "#ece4dc", 1.0, 0.0),
    _material("ice", "crystal", "#83d4f5", 0.9, 0.13, 0.35),
    _material("glass", "glass", "#a9d3e0", 0.9, 0.0),
    _material("potion", "glass", "#cf2a2a", 0.9, 0.03, 0.15),
    _material("water", "slime", "#3193dd", 0.85, 0.06),
    _material("slime", "slime", "#57c43f", 0.85, 0.02, 0.05),
    _material("poison", "slime", "#7fbf1f", 0.8, 0.08, 0.3),
    _material("blood", "slime", "#a5121f", 0.8, 0.04),
    _material("fire", "fire", "#f4661b", 0.0, 0.2, 1.0),
    _material("lava", "fire", "#e2400f", 0.1, 0.3, 0.9),
    _material("lightning", "magic", "#f6d93b", 0.2, 0.1, 1.0),
    _material("magic", "magic", "#8f5cf0", 0.3, 0.18, 0.9),
    _material("holy", "magic", "#f3dd87", 0.3, 0.1, 0.9),
    _material("shadow", "magic", "#4a3568", 0.1, 0.22, 0.35),
    _material("stone", "stone", "#8a8781", 0.08, 0.15),
    _material("brick", "stone", "#a3543c", 0.06, 0.13),
    _material("sand", "stone", "#d9bc7c", 0.03, 0.1),
    _material("dirt", "stone", "#7a5636", 0.03, 0.16),
    _material("snow", "stone", "#dfeaf5", 0.2, 0.06),
    _material("bone", "bone", "#e3d7b8", 0.2, 0.07),
    _material("ivory", "bone", "#ece3c9", 0.35, 0.05),
    _material("leaf", "plant", "#55a63a", 0.25, 0.1),
    _material("fruit", "skin", "#cf3020", 0.75, 0.05),
    _material("meat", "skin", "#b4503e", 0.4, 0.09),
    _material("bread", "skin", "#c98a45", 0.2, 0.09),
    _material("skin", "skin", "#e3a880", 0.3, 0.02),
    _material("fur", "fur", "#8a6543", 0.05, 0.16),
    _material("feather", "fur", "#d9dce6", 0.1, 0.12),
    _material("paper", "paper", "#e3cfa0", 0.03, 0.06, 0.0, 0.9),
    _material("eye", "plain", "#22222c", 1.0, 0.0),
    _material("white", "plain", "#f1eee6", 0.4, 0.0),
)
MATERIALS: Mapping[str, Material] = {material.name: material for material in _ALL}

"""How the preview imitates a preset: the `look` section of its data file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

Shading = Literal["smooth", "painted", "cel", "flat"]
Backdrop = Literal["none", "night", "dungeon", "burst", "card", "studio", "gradient"]


@dataclass(frozen=True, slots=True)
class Look:
    """Every key may stand in a preset's `look`; what it leaves out is as here.

    outline: half the width of the dark contour, in pixels of 1024.
    lines: opacity of the drawing's own lines, 0..1.
    texture, gloss, rim, glow: strengths, 1 = as the material has it.
    contrast, saturation: factors. shift: degrees that shadows and lights turn towards cool and warm.
    levels: steps of light in cel shading. grid: cells of the pixel grid, 0 = none; colours: in the pixel palette.
    margin: free share at each side where a drawing is fitted in (tiles, text alone).
    """

    shading: Shading = "smooth"
    backdrop: Backdrop = "gradient"
    outline: float = 7.0
    lines: float = 0.85
    texture: float = 1.0
    gloss: float = 1.0
    rim: float = 0.6
    glow: float = 1.0
    contrast: float = 1.0
    saturation: float = 1.0
    shift: float = 22.0
    levels: int = 3
    shadow: float = 0.5
    vignette: float = 0.0
    grid: int = 0
    colours: int = 24
    tile: bool = False
    margin: float = 0.12

    @classmethod
    def of(cls, look: Mapping[str, Any]) -> Look:
        """Raises ValueError naming a key that is none of the look's."""
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(look) - known)
        if unknown:
            raise ValueError(f"look has no {', '.join(unknown)}; it has {', '.join(sorted(known))}")
        return cls(**look)

    def at(self, style_strength: int) -> Look:
        """50 is the look itself, 0 a plain version of it, 100 an exaggerated one."""
        much = style_strength / 50
        return replace(
            self,
            texture=self.texture * (0.4 + 0.6 * much),
            gloss=self.gloss * (0.6 + 0.4 * much),
            rim=self.rim * much,
            glow=self.glow * (0.4 + 0.6 * much),
            contrast=self.contrast * (0.8 + 0.2 * much),
            saturation=self.saturation * (0.82 + 0.18 * much),
            shift=self.shift * much,
            vignette=min(1.0, self.vignette * (0.5 + 0.5 * much)),
        )

"""Icons as pixels: white on a dark rounded card with an accent colour for the category."""

from __future__ import annotations

from herofactory.catalog.categories import Category
from herofactory.catalog.sample.package import Icon

SIZE = 256
"""Pixels, width and height."""

_CARD, _INK = "#171a21", "#f4f1e8"
#: Nine hues that stay apart next to each other on a dark page.
_ACCENTS: dict[Category, str] = {
    "weapon": "#e4572e",
    "armor": "#4f86c6",
    "accessory": "#e8b23a",
    "consumable": "#57a773",
    "material": "#a8795a",
    "character": "#b07bd6",
    "ui": "#7d8aa0",
    "background": "#3aa6a0",
    "effect": "#e46aa4",
}


def to_svg(icon: Icon, category: Category) -> str:
    """A card of 256 x 256 units: corners clear, border and foot in the category's colour, the icon in the middle."""
    accent = _ACCENTS[category]
    scale = 0.72 * SIZE / icon.size
    margin = (SIZE - scale * icon.size) / 2
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIZE}" height="{SIZE}" viewBox="0 0 {SIZE} {SIZE}">'
        f'<rect x="3" y="3" width="250" height="250" rx="34" fill="{_CARD}" stroke="{accent}" stroke-width="6"/>'
        f'<rect x="96" y="236" width="64" height="6" rx="3" fill="{accent}"/>'
        f'<g color="{_INK}" transform="translate({margin:.2f} {margin - 4:.2f}) scale({scale:.4f})">'
        f"{icon.body}</g></svg>"
    )


def to_png(icon: Icon, category: Category) -> bytes:
    """Raises ValueError, naming the icon, for a body that is no SVG."""
    from resvg_py import svg_to_bytes

    try:
        return bytes(svg_to_bytes(svg_string=to_svg(icon, category), skip_system_fonts=True))
    except ValueError as error:
        raise ValueError(f"the icon {icon.name!r} cannot be drawn: {error}") from error

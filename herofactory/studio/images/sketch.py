"""A sketch as the models were taught to read one: white lines of one width on black, 1024 x 1024."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from herofactory.studio.images.edges import edges, strokes
from herofactory.studio.images.mask import Mask, distance, grown, label, shrunk, sizes, without_specks
from herofactory.studio.images.paper import Polarity, Separated, separate
from herofactory.studio.images.reading import InvalidSketch, SketchLimits, read
from herofactory.studio.images.thinning import drawn, pruned, skeleton

__all__ = ["InvalidSketch", "NormalisedSketch", "SketchLimits", "normalise"]

Pixels = NDArray[np.uint8]
Box = tuple[int, int, int, int]

SIDE = 1024
LINE_WIDTH = 9.0
"""Pixels of SIDE: what the scribble ControlNet was trained with looks so at this size."""
_WORK = 512
"""Side on which lines are looked for."""
_MARGIN = 0.07
"""Of the side, left free all round."""
_LARGEST = 6.0
"""A small drawing on a large sheet is enlarged by at most so much more than the sheet itself."""
_FILL = 13
"""Half the width, in pixels of _WORK, above which ink is a filled surface: 5 % of the side."""
_BLOB = 1.9
"""Times as wide as the lines round it: where two lines meet it is less."""
_LONG = 9.0
"""A region so many times longer than wide is the stroke of a fat marker, however wide."""


@dataclass(frozen=True, slots=True)
class NormalisedSketch:
    png: bytes
    """1024 x 1024, grey: white lines on black; all black where `blank`."""
    blank: bool
    was_photo: bool
    polarity: Polarity
    """Of what was sent."""


def normalise(data: bytes, limits: SketchLimits | None = None) -> NormalisedSketch:
    """`data` is PNG, JPEG or WebP. The same bytes give the same pixels. Raises InvalidSketch."""
    seen = separate(read(data, limits or SketchLimits()))
    lines = np.zeros((_WORK, _WORK), bool)
    if not seen.blank:
        lines = _photo_lines(seen) if seen.photo else _sketch_lines(seen)
    blank = not lines.any()
    pixels = np.zeros((SIDE, SIDE), np.uint8) if blank else drawn(lines, LINE_WIDTH, SIDE)
    return NormalisedSketch(_png(pixels), blank, seen.photo, seen.polarity)


def _photo_lines(seen: Separated) -> Mask:
    height, width = seen.ink.shape
    view = _view((0, 0, width, height))
    rgb = _seen_through(np.round(seen.rgb).astype(np.uint8), view)
    inside = _seen_through(np.full((height, width), 255, np.uint8), view, beyond="constant") > 127
    lines = without_specks(grown(edges(rgb, 2.2) & inside, 1), 90)
    return pruned(skeleton(lines), 8)


def _sketch_lines(seen: Separated) -> Mask:
    view = _view(_ink_box(seen.ink))
    ink = _ink_seen(seen.ink, view)
    surface = _surfaces(ink)
    lines = ink & ~surface
    if surface.any():
        rgb = _seen_through(np.round(seen.rgb).astype(np.uint8), view)
        drawn_on = without_specks(strokes(rgb) & surface, 60)
        lines |= drawn_on | (surface & ~shrunk(surface, 1) & ~grown(drawn_on, 3))
        borders = edges(rgb, 1.2) & shrunk(surface, 4) & ~grown(drawn_on, 6)
        lines |= without_specks(grown(borders, 1), 30)
    return pruned(skeleton(_smooth(lines)), 7)


def _surfaces(ink: Mask) -> Mask:
    """What is filled rather than drawn: wider than _FILL, and not one long stroke of a fat marker."""
    deep = distance(ink, _FILL + 1)
    core = deep > _FILL
    if not core.any():
        return core
    wide = (distance(~core, _FILL + 3) <= _FILL + 1.5) & ink
    labels, count = label(wide)
    area = sizes(labels, count)
    thickness = np.ones(count + 1)
    rough = wide[::4, ::4]  # how thick it is, within four pixels
    np.maximum.at(thickness, labels[::4, ::4][rough], 8 * distance(rough, _WORK // 8)[rough])
    filled = (area < _LONG * thickness**2) & (thickness > _BLOB * _stroke_width(ink, ink & ~wide))
    filled[0] = False
    return filled[labels]


def _stroke_width(ink: Mask, strokes_only: Mask) -> float:
    """What most of the lines are wide; 0 where there are hardly any."""
    rim = int((strokes_only & ~shrunk(ink, 1)).sum())
    return 2 * float(strokes_only.sum()) / rim if rim > 100 else 0.0


def _smooth(lines: Mask) -> Mask:
    """Rounded, so that a rough rim grows no side branches; thin lines keep together."""
    from PIL import Image, ImageFilter

    wide = Image.fromarray(grown(lines, 1).astype(np.uint8) * 255)
    return np.asarray(wide.filter(ImageFilter.GaussianBlur(1.3))) > 120


def _ink_box(ink: Mask) -> Box:
    """What is shown: the ink, or more where it is so small that it would be enlarged too much."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    left, right, top, bottom = int(columns[0]), int(columns[-1]) + 1, int(rows[0]), int(rows[-1]) + 1
    more = int(max(0, max(ink.shape) / _LARGEST - max(right - left, bottom - top)) / 2)
    return left - more, top - more, right + more, bottom + more


def _view(box: Box) -> Box:
    """The square round the middle of `box` that shows all of it with a margin; it may reach beyond the picture."""
    side = round(max(box[2] - box[0], box[3] - box[1]) / (1 - 2 * _MARGIN))
    left, top = (box[0] + box[2] - side) // 2, (box[1] + box[3] - side) // 2
    return left, top, left + side, top + side


def _ink_seen(ink: Mask, view: Box) -> Mask:
    """Thin lines survive being made smaller: a quarter of a pixel is ink enough."""
    shown = _seen_through(ink.astype(np.uint8) * 255, view, beyond="constant")
    return shown > (64 if view[2] - view[0] > _WORK else 127)


def _seen_through(pixels: Pixels, view: Box, beyond: Literal["edge", "constant"] = "edge") -> Pixels:
    """`view` of the picture as _WORK x _WORK; beyond the picture its edge goes on, or there is nothing."""
    from PIL import Image

    left, top, right, bottom = view
    height, width = pixels.shape[:2]
    part = pixels[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    around = [(max(-top, 0), max(bottom - height, 0)), (max(-left, 0), max(right - width, 0)), (0, 0)]
    sheet = Image.fromarray(np.pad(part, around[: pixels.ndim], mode=beyond))
    finer = right - left < _WORK
    return np.asarray(sheet.resize((_WORK, _WORK), Image.Resampling.BICUBIC if finer else Image.Resampling.BOX))


def _png(pixels: Pixels) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()

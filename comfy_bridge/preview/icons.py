"""Shapes of the sample catalogue's icons, where the package is at hand: for pictures from words alone."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np
from PIL import Image

from comfy_bridge.preview.fields import Field, Mask, Rng, grow, resize, shrink
from comfy_bridge.preview.shapes import shapes
from comfy_bridge.preview.vocabulary import COLOURS, JOINTS, MATERIAL_WORDS
from comfy_bridge.preview.words import Theme
from herofactory.catalog.sample.items import LICENCE
from herofactory.catalog.sample.package import NAME, Icon, PackageError, package_version, read_author, read_icons
from herofactory.glossary import Glossary, Role

_GAP = 9
"""Pixels of 512: gaps up to twice this wide are lines of the icon, wider ones are areas."""
_NEAR = 0.35
"""Icons whose score is at most so much below the best are as good: the seed chooses."""


@dataclass(frozen=True, slots=True)
class Found:
    ink: Field
    credit: str


class IconShapes:
    """Read on first use, or as soon as the package is there; safe to share between threads."""

    def __init__(self, package: Path) -> None:
        self._package = package
        self._lock = Lock()
        self._by_last_word: Mapping[str, Sequence[Icon]] = {}
        self._origin = ""

    def find(self, theme: Theme, size: int, margin: float, rng: Rng) -> Found | None:
        """An icon that shows what the words name, as a line drawing; None where there is none or no package.

        Where we have a drawing of our own, whose parts are known, only an icon that shows more of the words.
        """
        icons, own = self._load(), theme.thing.shape in shapes()
        head = next((word for word in _heads(theme) if word in icons), None)
        if head is None:
            return None
        scored = [(_score(icon, theme.words), icon) for icon in icons[head]]
        best = max(score for score, _ in scored)
        if best < (1.5 if own else 0.0):
            return None
        near = [icon for score, icon in scored if score >= best - _NEAR]
        icon = near[int(rng.integers(len(near)))]
        return Found(_outlined(icon, size, margin), f"Shape '{icon.name}' by {self._origin}, changed")

    def _load(self) -> Mapping[str, Sequence[Icon]]:
        with self._lock:
            self._by_last_word = self._by_last_word or self._read()
            return self._by_last_word

    def _read(self) -> Mapping[str, Sequence[Icon]]:
        try:
            icons = read_icons(self._package)
            author, version = read_author(self._package), package_version(self._package)
        except PackageError:
            return {}
        self._origin = f"{author} (game-icons.net, npm {NAME} {version}), {LICENCE}"
        glossary = Glossary.load()
        found: defaultdict[str, list[Icon]] = defaultdict(list)
        for icon in icons:
            if glossary.name_icon(icon.name):
                found[icon.name.split("-")[-1]].append(icon)
        return found


def _heads(theme: Theme) -> Sequence[str]:
    """Words that may name the thing: those before the first joint from behind, then the others."""
    first = next((index for index, word in enumerate(theme.words) if word in JOINTS), len(theme.words))
    words = [*reversed(theme.words[:first]), *theme.words[first:]]
    glossary = Glossary.load()
    return [word for word in words if word not in COLOURS and word not in MATERIAL_WORDS and _is_noun(word, glossary)]


def _is_noun(word: str, glossary: Glossary) -> bool:
    return any(entry.role in (Role.NOUN, Role.ICON) for entry in glossary.lookup(word))


def _score(icon: Icon, words: Sequence[str]) -> float:
    """Named words count for it, others against it."""
    return sum(1.0 if word in words else -0.5 for word in icon.name.split("-"))


def _outlined(icon: Icon, size: int, margin: float) -> Field:
    """Contours and narrow gaps of the silhouette as lines, 0..1."""
    half = size // 2
    white = _raster(icon, half, margin)
    gaps = shrink(grow(white, _GAP), _GAP) & ~white
    line = (grow(white, 2) & ~shrink(white, 2)) | gaps
    return resize(line.astype(np.float32), size, size, Image.Resampling.BILINEAR)


def _raster(icon: Icon, size: int, margin: float) -> Mask:
    from resvg_py import svg_to_bytes

    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 {icon.size} {icon.size}">'
        f'<g color="#fff">{icon.body}</g></svg>'
    )
    image = Image.open(io.BytesIO(bytes(svg_to_bytes(svg_string=svg, skip_system_fonts=True)))).getchannel("A")
    inner = round(size * (1 - 2 * margin))
    canvas = Image.new("L", (size, size))
    canvas.paste(image.resize((inner, inner), Image.Resampling.LANCZOS), ((size - inner) // 2,) * 2)
    return np.asarray(canvas) > 127

"""Pictures that depend on everything that goes into them, and on nothing else."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from typing import Any

from PIL import Image, ImageChops
from PIL.PngImagePlugin import PngInfo

CELLS = 16


def paint(digest: str, size: tuple[int, int], sketch: Image.Image | None) -> Image.Image:
    """A mirrored sprite of few colours on black; a sketch shows through."""
    bits = b"".join(hashlib.sha256(f"{digest}{part}".encode()).digest() for part in range(CELLS))
    colours = [tuple(bits[3 * each : 3 * each + 3]) for each in range(3)]
    sprite = Image.new("RGB", (CELLS, CELLS))
    for x in range(2, CELLS // 2):
        for y in range(2, CELLS - 2):
            value = bits[16 + x * CELLS + y]
            if value % 2:
                sprite.putpixel((x, y), colours[value % 3])
                sprite.putpixel((CELLS - 1 - x, y), colours[value % 3])
    picture = sprite.resize(size, Image.Resampling.NEAREST)
    return picture if sketch is None else ImageChops.lighter(picture, sketch.convert("RGB").resize(size))


def encoded(picture: Image.Image, graph: Mapping[str, Any]) -> bytes:
    """With the whole graph in a text chunk, as SaveImage leaves it."""
    chunks = PngInfo()
    chunks.add_text("prompt", json.dumps(graph))
    out = io.BytesIO()
    picture.save(out, "PNG", pnginfo=chunks, compress_level=1)
    return out.getvalue()


def preview(digest: str) -> bytes:
    out = io.BytesIO()
    paint(digest, (32, 32), None).save(out, "JPEG")
    return out.getvalue()

"""Pictures: the pixel pass, sketches and backgrounds, beside the simple ways, in one run.

    .venv/bin/python -m bench.images [--rounds N]

Target: pixel pass 1024 -> 64 px <= 150 ms (p50). Results: bench/results/images.json.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageOps

from herofactory.studio.images.background import cut_out
from herofactory.studio.images.grid import find_grid
from herofactory.studio.images.pixel import pixelate
from herofactory.studio.images.sketch import normalise
from herofactory.studio.jobs.request import PixelOptions
from tests.support.sketches import encoded, filled, photo, photographed, sword
from tests.support.sprites import on_paper, spoilt, sprite

Pixels = NDArray[np.uint8]
DARK = (10, 10, 14)
GRID = 64


def timed(call: Callable[[], object], rounds: int) -> dict[str, float]:
    """Milliseconds per call, after one that is not counted; `cpu` is the processor's mean, whatever else runs."""
    call()
    took, cpu = [], time.process_time()
    for _ in range(rounds):
        began = time.perf_counter()
        call()
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    busy = {"cpu": round((time.process_time() - cpu) * 1000 / rounds, 2)}
    return busy | {
        "p50": round(took[len(took) // 2], 2),
        "min": round(took[0], 2),
        "max": round(took[-1], 2),
        "n": rounds,
    }


def opaque(rgb: Pixels) -> Pixels:
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])


def spoilt_sprite(seed: int, size: int = 48, cell: float = 18.7) -> tuple[Pixels, Pixels]:
    """(the sprite, a 1024 x 1024 picture of it with noise, blur and JPEG)"""
    rng = np.random.default_rng(seed)
    drawn = sprite(rng, size)
    return drawn, spoilt(rng, on_paper(drawn, cell, 61.3, 58.9, 1024, DARK))


def simple_pixels(rgb: Pixels) -> Pixels:
    """Nearest neighbour to the size asked for, then Pillow's own few colours."""
    small = Image.fromarray(rgb).resize((GRID, GRID), Image.Resampling.NEAREST)
    return np.asarray(small.quantize(16).convert("RGB"))


def simple_cut(rgb: Pixels) -> Image.Image:
    picture = Image.fromarray(rgb).copy()
    ImageDraw.floodfill(picture, (0, 0), (255, 0, 255), thresh=30)
    return picture


def simple_sketch(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as picture:
        return ImageOps.invert(picture.convert("L").resize((1024, 1024)))


def recovered(rounds: int) -> dict[str, float]:
    """Of sprites of 48 x 48 the share of pixels that come back (32 levels): by our grid, and by nearest neighbour."""
    ours, simple = [], []
    for seed in range(rounds):
        drawn, picture = spoilt_sprite(seed)
        solid = drawn[..., 3] > 0
        rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
        part = drawn[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        whole = opaque(picture)
        small = pixelate(cut_out(whole).rgba, PixelOptions(GRID, 64), whole).pixels
        ours.append(_alike(_cut(small), part))
        cell = 1024 / 55  # told the true size of a cell, but neither phase nor how to take its colour
        plain = np.asarray(Image.fromarray(picture).resize((55, 55), Image.Resampling.NEAREST))
        top, left = round(58.9 / cell) + int(rows[0]), round(61.3 / cell) + int(columns[0])
        simple.append(_alike(opaque(plain[top : top + part.shape[0], left : left + part.shape[1]]), part))
    return {"ours": round(float(np.mean(ours)), 4), "nearest": round(float(np.mean(simple)), 4), "sprites": rounds}


def _cut(pixels: Pixels) -> Pixels:
    solid = pixels[..., 3] > 0
    rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
    return pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _alike(found: Pixels, drawn: Pixels) -> float:
    if found.shape != drawn.shape:
        return 0.0
    near = np.abs(found[..., :3].astype(int) - drawn[..., :3]).max(axis=2) < 32
    return float(near[drawn[..., 3] > 0].mean())


def measure(rounds: int) -> dict[str, Any]:
    picture = spoilt_sprite(1)[1]
    smooth = np.asarray(filled(1024))
    clear = cut_out(opaque(picture)).rgba
    drawn, shot = encoded(sword((1024, 1024), 8)), encoded(photographed(filled(1024)), "JPEG")
    return {
        "pixel_pass_1024_to_64_ms": timed(lambda: pixelate(clear, PixelOptions(GRID)), rounds),
        "pixel_pass_smooth_1024_to_64_ms": timed(lambda: pixelate(opaque(smooth), PixelOptions(GRID)), rounds),
        "grid_of_1024_ms": timed(lambda: find_grid(picture), rounds),
        "background_1024_ms": timed(lambda: cut_out(opaque(picture)), rounds),
        "sketch_lines_1024_ms": timed(lambda: normalise(drawn), rounds),
        "sketch_photographed_1024_ms": timed(lambda: normalise(shot), rounds),
        "sketch_from_photo_ms": timed(lambda: normalise(encoded(photo())), rounds),
        "simple": {
            "nearest_and_quantize_ms": timed(lambda: simple_pixels(picture), rounds),
            "floodfill_ms": timed(lambda: simple_cut(picture), max(rounds // 10, 2)),
            "invert_and_stretch_ms": timed(lambda: simple_sketch(drawn), rounds),
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "load": round(os.getloadavg()[0], 2)}
    result: dict[str, Any] = {"at": datetime.now(UTC).isoformat(timespec="seconds"), **machine}
    result |= measure(options.rounds)
    simple = result["simple"]
    result["times_as_long_as_the_simple_way"] = {
        "pixel pass": round(result["pixel_pass_1024_to_64_ms"]["p50"] / simple["nearest_and_quantize_ms"]["p50"], 1),
        "background": round(result["background_1024_ms"]["p50"] / simple["floodfill_ms"]["p50"], 3),
        "sketch": round(result["sketch_lines_1024_ms"]["p50"] / simple["invert_and_stretch_ms"]["p50"], 1),
    }
    result["share_of_pixels_recovered"] = recovered(options.rounds)
    output = Path(__file__).parent / "results" / "images.json"
    output.parent.mkdir(exist_ok=True)
    output.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()

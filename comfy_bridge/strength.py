"""What the sliders mean."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

SKETCH_STRENGTH = ((0, 0.0), (60, 0.85), (100, 1.2))
"""60, the default, is the strength that the pixel icon workflow was tuned with."""
SKETCH_END = ((0, 0.4), (60, 0.75), (100, 1.0))
"""The share of the steps in which the sketch has a say; what comes after is the model's own finish."""
STYLE_DEFAULT = 50


def style(weight: float, style_strength: int) -> float:
    """50: the preset's weight of a LoRA, 100: twice, 0: none."""
    return round(weight * style_strength / STYLE_DEFAULT, 4)


def sketch(sketch_strength: int) -> tuple[float, float]:
    """Strength and end. Strength 0: the sketch is left out."""
    return _between(SKETCH_STRENGTH, sketch_strength), _between(SKETCH_END, sketch_strength)


def _between(points: Sequence[tuple[int, float]], at: int) -> float:
    for (left, low), (right, high) in pairwise(points):
        if at <= right:
            return round(low + (high - low) * max(at - left, 0) / (right - left), 4)
    return points[-1][1]

"""Numbers as a line of blocks, one character each."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

_BLOCKS = "▁▂▃▄▅▆▇█"
_NOTHING = " "
WIDEST = 30


def sparkline(values: Sequence[float | None], width: int = WIDEST) -> str:
    """Lowest block for 0, highest for the largest; a gap for None. Longer lines are narrowed to means of neighbours."""
    shown = _narrowed(values, width)
    top = max((value for value in shown if value is not None), default=0)
    return "".join(_NOTHING if value is None else _block(value, top) for value in shown)


def _block(value: float, top: float) -> str:
    return _BLOCKS[0] if top <= 0 else _BLOCKS[round(value / top * (len(_BLOCKS) - 1))]


def _narrowed(values: Sequence[float | None], width: int) -> Sequence[float | None]:
    if len(values) <= width:
        return values
    edges = [n * len(values) // width for n in range(width + 1)]
    return [_mean(values[start:end]) for start, end in pairwise(edges)]


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None

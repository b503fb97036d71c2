"""What facets count, in every engine."""

from __future__ import annotations

TOP_TAGS = 20
# Whole KRW. Free items are a bucket of their own.
_PRICE_EDGES = (0, 1, 1_000, 3_000, 5_000, 10_000)
PRICE_RANGES: tuple[tuple[int, int | None], ...] = tuple(zip(_PRICE_EDGES, (*_PRICE_EDGES[1:], None), strict=True))

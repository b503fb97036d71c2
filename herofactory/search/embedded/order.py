"""Sort keys as unsigned 64-bit numbers: the value above, a fixed pseudo-random order of ids below.

So equal values keep one order whichever segment they lie in, and a page never repeats what another one showed. tantivy
itself breaks ties by segment, which changes with every merge; sorting by text takes 0.7 s at the 10,000th of 100,000.
"""

from __future__ import annotations

import math
import struct
from datetime import datetime

from herofactory.search.equals import clean_popularity, tie

_TIE_BITS = 22  # 42 bits of milliseconds reach the year 2109
_MAX_MS = 2**42 - 1
_MAX_32 = 2**32 - 1
# Popularity may lift a relevance score by half at most, the order of ids by a thousandth: 8,000 steps of a float32.
_MAX_LIFT, _LIFT_PER_DECADE, _TIE_LIFT = 0.5, 0.1, 1e-3


def milliseconds(moment: datetime) -> int:
    return min(max(int(moment.timestamp() * 1000), 0), _MAX_MS)


def newest_key(created_at: datetime, id: str) -> int:
    return milliseconds(created_at) << _TIE_BITS | tie(id) >> 32 - _TIE_BITS


def price_key(price: int, id: str) -> int:
    return min(price, _MAX_32) << 32 | tie(id)


def popular_key(popularity: float, id: str) -> int:
    """The bits of a float that is not negative order as the float does."""
    (bits,) = struct.unpack(">I", struct.pack(">f", clean_popularity(popularity)))
    return int(bits) << 32 | tie(id)


def weight(popularity: float, id: str) -> float:
    """For tantivy's `weight_by_field`, which multiplies a score by log2(2 + weight)."""
    lift = min(_MAX_LIFT, _LIFT_PER_DECADE * math.log10(1 + clean_popularity(popularity)))
    return float(2 ** (1 + lift + _TIE_LIFT * tie(id) / _MAX_32) - 2)

"""Sort keys as unsigned 64-bit numbers: the value above, a fixed pseudo-random order of ids below.

So equal values keep one order whichever segment they lie in, and a page never repeats what another one showed. tantivy
itself breaks ties by segment, which changes with every merge; sorting by text takes 0.7 s at the 10,000th of 100,000.
"""

from __future__ import annotations

import hashlib
import math
import struct
from datetime import datetime

_TIE_BITS = 22  # 42 bits of milliseconds reach the year 2109
_MAX_MS = 2**42 - 1
_MAX_32 = 2**32 - 1
# Popularity may lift a relevance score by half at most, the order of ids by a thousandth: 8,000 steps of a float32.
_MAX_LIFT, _LIFT_PER_DECADE, _TIE_LIFT = 0.5, 0.1, 1e-3


def tie(id: str) -> int:
    """32 pseudo-random bits of an id."""
    return int.from_bytes(hashlib.blake2b(id.encode(), digest_size=4).digest(), "big")


def milliseconds(moment: datetime) -> int:
    return min(max(int(moment.timestamp() * 1000), 0), _MAX_MS)


def newest_key(created_at: datetime, id: str) -> int:
    return milliseconds(created_at) << _TIE_BITS | tie(id) >> 32 - _TIE_BITS


def price_key(price: int, id: str) -> int:
    return min(price, _MAX_32) << 32 | tie(id)


def popular_key(popularity: float, id: str) -> int:
    """The bits of a float that is not negative order as the float does."""
    (bits,) = struct.unpack(">I", struct.pack(">f", _clean(popularity)))
    return int(bits) << 32 | tie(id)


def weight(popularity: float, id: str) -> float:
    """For tantivy's `weight_by_field`, which multiplies a score by log2(2 + weight)."""
    lift = min(_MAX_LIFT, _LIFT_PER_DECADE * math.log10(1 + _clean(popularity)))
    return float(2 ** (1 + lift + _TIE_LIFT * tie(id) / _MAX_32) - 2)


def _clean(popularity: float) -> float:
    return min(max(popularity, 0.0), 1e30) if math.isfinite(popularity) else 0.0

"""What orders items that are otherwise equal, in every engine."""

from __future__ import annotations

import hashlib
import math


def tie(id: str) -> int:
    """32 pseudo-random bits of an id: an order that stays, whatever is written meanwhile, and favours nobody."""
    return int.from_bytes(hashlib.blake2b(id.encode(), digest_size=4).digest(), "big")


def clean_popularity(popularity: float) -> float:
    """Within a 32-bit float, and not negative, of which a score could take no logarithm."""
    return min(max(popularity, 0.0), 1e30) if math.isfinite(popularity) else 0.0

"""Prices of sample items: plausible, and the same on every machine."""

from __future__ import annotations

import zlib

from herofactory.catalog.categories import Category

STEP = 500
"""KRW between prices."""
_FREE_ONE_IN = 12
#: Lowest and highest price in KRW: what stands for more work in a game costs more.
_RANGES: dict[Category, tuple[int, int]] = {
    "weapon": (1_500, 6_000),
    "armor": (1_500, 6_000),
    "accessory": (1_000, 4_500),
    "consumable": (500, 2_500),
    "material": (500, 2_000),
    "character": (2_000, 9_000),
    "ui": (500, 3_000),
    "background": (2_000, 8_000),
    "effect": (1_000, 5_000),
}


def price_of(name: str, category: Category) -> int:
    """Whole KRW in steps of 500 from a stable hash of the icon's name; about one in twelve is free."""
    number = zlib.crc32(name.encode())
    if number % _FREE_ONE_IN == 0:
        return 0
    low, high = _RANGES[category]
    return low + number // _FREE_ONE_IN % ((high - low) // STEP + 1) * STEP

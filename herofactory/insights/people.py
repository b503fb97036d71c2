"""Sets of distinct people: exact, and mergeable over buckets, shards and days."""

from __future__ import annotations

import struct
from collections.abc import Iterable

People = frozenset[int]
"""Pseudonyms of 64 bits. Two people share one with a chance of n²/2⁶⁵: 3e-8 for a million of them."""
NOBODY: People = frozenset()


def to_bytes(people: Iterable[int]) -> bytes:
    """Sorted, 8 bytes each, big-endian: equal sets give equal bytes."""
    numbers = sorted(people)
    return struct.pack(f">{len(numbers)}Q", *numbers)


def from_bytes(data: bytes) -> People:
    return frozenset(struct.unpack(f">{len(data) // 8}Q", data))

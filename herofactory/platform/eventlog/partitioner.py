"""Kafka's default partitioner, so that a key lies in the same partition here and there.

Own code because importing aiokafka for it costs every process its whole client; a test compares the two.
"""

from __future__ import annotations

import random

_M = 0x5BD1E995
_SEED = 0x9747B28C
_MASK = 0xFFFFFFFF


def murmur2(data: bytes) -> int:
    """MurmurHash2, 32 bit, with the seed of Kafka's clients."""
    length = len(data)
    h = _SEED ^ length
    whole = length & ~3
    for at in range(0, whole, 4):
        k = int.from_bytes(data[at : at + 4], "little") * _M & _MASK
        k = (k ^ k >> 24) * _M & _MASK
        h = (h * _M & _MASK) ^ k
    if whole != length:
        h = (h ^ int.from_bytes(data[whole:], "little")) * _M & _MASK
    h = (h ^ h >> 13) * _M & _MASK
    return h ^ h >> 15


def partition_of(key: bytes | None, partitions: int) -> int:
    """0 <= result < partitions; without a key any."""
    if key is None:
        return random.randrange(partitions)  # noqa: S311 - spreads load, hides nothing
    return (murmur2(key) & 0x7FFFFFFF) % partitions

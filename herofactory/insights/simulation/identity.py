"""Names of what is simulated: from the seed alone, so that a repeat gives the same."""

from __future__ import annotations

import hashlib
from random import Random
from uuid import UUID


def uuid7_at(at: float, rng: Random) -> str:
    """A UUIDv7 of the moment `at` (seconds since the epoch), its other bits drawn."""
    bits = rng.getrandbits(74)
    return str(UUID(int=int(at * 1000) << 80 | 7 << 76 | (bits >> 62) << 64 | 2 << 62 | bits & (1 << 62) - 1))


def person(seed: int, number: int | str) -> str:
    """A pseudonym: 16 hexadecimal digits."""
    return hashlib.blake2b(f"{seed}/{number}".encode(), digest_size=8).hexdigest()

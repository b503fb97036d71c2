"""Names of what is simulated: from the seed alone, so that a repeat gives the same."""

from __future__ import annotations

import hashlib
from random import Random


def uuid7_at(at: float, rng: Random) -> str:
    """A UUIDv7 of the moment `at` (seconds since the epoch), its other bits drawn."""
    bits = rng.getrandbits(74)
    number = int(at * 1000) << 80 | 7 << 76 | (bits >> 62) << 64 | 2 << 62 | bits & (1 << 62) - 1
    # As str(UUID(int=number)) would, in a third of the time.
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def person(seed: int, number: int | str) -> str:
    """A pseudonym: 16 hexadecimal digits."""
    return hashlib.blake2b(f"{seed}/{number}".encode(), digest_size=8).hexdigest()

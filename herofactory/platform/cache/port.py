"""Results worth keeping for a moment: the port. tests/contract/result_cache.py holds every adapter to it."""

from __future__ import annotations

import hashlib
from typing import Protocol

MAX_VALUE_BYTES = 256_000
"""What is larger is not kept: it would cost more to move than a page of search results costs to find."""
ENTRIES = 2_000
"""Entries that a cache holds unless told otherwise: 0.5 GB at the very worst, some 60 MB with pages of results."""


class ResultCache(Protocol):
    """Never in the way: what cannot be kept is not kept, and a store that is down has nothing.

    At most `entries` (a setting of the adapter) are held, give or take a sixteenth per process; those that would expire
    next go first. A put or delete that finds the store down is lost: `ttl_s` alone bounds how old an answer may be.
    """

    async def get(self, key: str) -> bytes | None: ...

    async def put(self, key: str, value: bytes, ttl_s: float) -> None:
        """Keep `value` for `ttl_s` seconds in place of what was there; over MAX_VALUE_BYTES only forget that."""

    async def delete(self, key: str) -> None: ...


def digest(key: str) -> bytes:
    """Keys are made of what people type: of any length, with any characters."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()

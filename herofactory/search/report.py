from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """`failed`: (id, why) of documents that cannot be indexed; the others are all in."""

    generation: str
    indexed: int
    failed: tuple[tuple[str, str], ...]

"""What a prompt is about as a point on a sphere: near points, similar prompts.

The local embedder needs no model: parts of words fall into DIMENSIONS places by hash, as in fastText and in
scikit-learn's HashingVectorizer, with a sign by hash so that collisions cancel out on average.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from herofactory.studio.prompts.enrich import elements_of

DIMENSIONS: Final = 256
LOCAL: Final = "hashed-1"
"""Raised when the same text gets another point."""
_GRAMS = (3, 4, 5)
_WORD_WEIGHT, _ELEMENT_WEIGHT, _GRAM_WEIGHT = 2.0, 1.5, 0.5
_WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Embedding:
    """DIMENSIONS values, length 1 (or all 0 for a text without words). Comparable within one `embedder` only."""

    values: tuple[float, ...]
    embedder: str


class Embedder(Protocol):
    async def embed(self, english: str) -> Embedding: ...


class LocalEmbedder:
    async def embed(self, english: str) -> Embedding:
        return Embedding(embed(english), LOCAL)


def embed(english: str) -> tuple[float, ...]:
    values = [0.0] * DIMENSIONS
    for feature, weight in _features(english.lower()):
        number = int.from_bytes(hashlib.blake2b(feature.encode(), digest_size=4).digest())
        values[number % DIMENSIONS] += weight if number >> 31 else -weight
    return normalised(values)


def normalised(values: Sequence[float]) -> tuple[float, ...]:
    length = math.hypot(*values)
    return tuple(value / length for value in values) if length else tuple(values)


def cosine(one: Iterable[float], other: Iterable[float]) -> float:
    """Of two points of length 1."""
    return math.fsum(a * b for a, b in zip(one, other, strict=True))


def _features(english: str) -> Iterator[tuple[str, float]]:
    for word in _WORD.findall(english):
        yield f"word {word}", _WORD_WEIGHT
        padded = f"<{word}>"
        for size in _GRAMS:
            for start in range(len(padded) - size + 1):
                yield f"part {padded[start : start + size]}", _GRAM_WEIGHT
    for element in elements_of(english):
        yield f"element {element}", _ELEMENT_WEIGHT

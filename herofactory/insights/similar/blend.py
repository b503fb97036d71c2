"""One list from what people looked at together, words and looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from herofactory.insights.similar import dhash
from herofactory.insights.similar.looks import Look
from herofactory.insights.similar.together import Pair

TOGETHER_SHARE = 0.8
"""What people did counts for so much of the score at most, when there is much of it."""
TOGETHER_HALF = 10.0
"""People in all pairs of an item at which it counts for half of that."""
WORDS_SHARE = 0.75
"""Of what is left, the rest is looks: many pictures look alike and are not the same thing."""
LOOKS_MOST = 10
"""Bits apart at which two pictures have nothing in common any more. Icons stand in the middle of nothing: of all pairs
of the sample catalogue 1 % are at most 11 apart and half at most 24, where random hashes have 32."""
SAME_PICTURE = 3
"""Bits apart up to which two pictures are one, perhaps in another colour."""
SAME_PICTURES = 2
"""Items with one picture that are shown: more would fill the list with it."""


class Why(StrEnum):
    TOGETHER = "looked_at_together"
    WORDS = "alike_in_words"
    LOOKS = "alike_in_looks"


@dataclass(frozen=True, slots=True)
class Similar:
    item_id: UUID
    score: float
    """0 to 1; only the order means something."""
    why: tuple[Why, ...]
    """What speaks for it, the weightiest first."""


def blend(pairs: Sequence[Pair], words: Mapping[UUID, float], apart: Mapping[UUID, int]) -> list[Similar]:
    """The most similar first. Without pairs it is content alone; the more there are, the less that counts.

    `words`: 0 to 1. `apart`: bits between the pictures.
    """
    people = sum(pair.people for pair in pairs)
    share = TOGETHER_SHARE * people / (people + TOGETHER_HALF)
    best = max((pair.cosine for pair in pairs), default=1.0)
    seen = {pair.item_id: pair.cosine / best for pair in pairs}
    looks = {item_id: 1 - bits / LOOKS_MOST for item_id, bits in apart.items() if bits < LOOKS_MOST}
    parts = (
        (Why.TOGETHER, share, seen),
        (Why.WORDS, (1 - share) * WORDS_SHARE, words),
        (Why.LOOKS, (1 - share) * (1 - WORDS_SHARE), looks),
    )
    found = [
        _similar(item_id, {why: worth * each[item_id] for why, worth, each in parts if item_id in each})
        for item_id in {*seen, *words, *looks}
    ]
    return sorted(found, key=lambda each: (-each.score, each.item_id))


def diverse(found: Sequence[Similar], looks: Mapping[UUID, Look], limit: int) -> list[Similar]:
    """The first `limit`, leaving out what shows a picture that SAME_PICTURES before it show."""
    shown: list[Similar] = []
    pictures: list[int] = []
    for each in found:
        if len(shown) == limit:
            break
        look = looks.get(each.item_id)
        if look is not None:
            same = sum(dhash.distance(look.dhash, picture) <= SAME_PICTURE for picture in pictures)
            if same >= SAME_PICTURES:
                continue
            pictures.append(look.dhash)
        shown.append(each)
    return shown


def _similar(item_id: UUID, parts: Mapping[Why, float]) -> Similar:
    why = sorted((why for why in parts if parts[why] > 0), key=lambda why: -parts[why])
    return Similar(item_id, round(sum(parts.values()), 6), tuple(why))

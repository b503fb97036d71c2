"""Up to five Korean search terms found in an item's own words."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from herofactory.moderation.heads import heads_of, words_of
from herofactory.moderation.lexicon import Lexicon
from herofactory.moderation.verdict import MAX_TAGS

PARTICLES = (
    "으로",
    "에서",
    "에게",
    "처럼",
    "은",
    "는",
    "이",
    "가",
    "을",
    "를",
    "의",
    "와",
    "과",
    "로",
    "에",
    "도",
    "만",
)
WORDS_READ = 600
"""Words of the description that are looked up: 5,000 characters hold about as many, and five tags come long before."""


def suggest_tags(name: str, description: str, lexicon: Lexicon) -> tuple[str, ...]:
    """What the thing is, then what is said of it, in reading order: the same text always gives the same tags.

    Both texts in their folded view.
    """
    tags = dict.fromkeys(noun.tag for noun in heads_of(name, lexicon).nouns)
    for tag in _terms(words_of(name) + words_of(description)[:WORDS_READ], lexicon):
        if len(tags) >= MAX_TAGS:
            break
        tags.setdefault(unicodedata.normalize("NFC", tag))
    return tuple(tags)[:MAX_TAGS]


def _terms(words: list[str], lexicon: Lexicon) -> Iterator[str]:
    for word in words:
        if (tag := _term(word, lexicon)) is not None:
            yield tag


def _term(word: str, lexicon: Lexicon) -> str | None:
    if (attribute := lexicon.attribute(word)) is not None:
        return attribute
    for form in (word, *_without_particle(word)):
        if (noun := lexicon.ending(form) if len(form) > 1 else lexicon.whole(word)) is not None:
            return noun.tag if noun.categories else None
        if (attribute := lexicon.attribute(form)) is not None and len(form) > 1:
            return attribute
    return None


def _without_particle(word: str) -> Iterator[str]:
    for particle in PARTICLES:
        if word.endswith(particle) and len(word) > len(particle):
            yield word[: -len(particle)]

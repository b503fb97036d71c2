"""Which categories a noun fits, and under which Korean term it is found."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from herofactory.catalog.categories import KOREAN
from herofactory.moderation.datafile import rows
from herofactory.moderation.text import is_hangul

CATEGORIES: Mapping[str, str] = {str(slug): korean for slug, korean in KOREAN.items()}
"""Slug -> Korean name, by plain text: what is judged may name a category that does not exist."""
LONGEST_WORD = 12
"""Characters of the longest noun looked for at the end of a compound; bounds the work per word."""


@dataclass(frozen=True, slots=True)
class Noun:
    """`categories`: where it fits; empty = says nothing. `ends`: may be the end of a compound (마법검).

    `clear`: may count against an item. A noun from a wider glossary is not: there each noun has one category even
    where players use it for several things, so it only agrees and gives tags.
    """

    tag: str
    categories: frozenset[str]
    ends: bool
    clear: bool = True


class Lexicon:
    def __init__(self, nouns: Mapping[str, Noun], attributes: Mapping[str, str], mark: str = "") -> None:
        """`nouns` and `attributes` by their case-folded word without spaces; an attribute gives only its tag.

        `mark`: what a policy version adds to tell this lexicon from the core ("" for the core).
        """
        self._nouns = dict(nouns)
        self._attributes = dict(attributes)
        self.mark = mark

    @classmethod
    def core(cls) -> Lexicon:
        return _core()

    def extended(self, categories: Mapping[str, str | Iterable[str]]) -> Lexicon:
        """A lexicon that also knows these Korean nouns (noun -> category or categories).

        What the core knows it keeps, and a category more on a noun makes it fit there too: a wider list can only make
        the rules milder. Raises ValueError for a category that does not exist.
        """
        nouns = dict(self._nouns)
        for word, given in categories.items():
            fits = frozenset({given} if isinstance(given, str) else given)
            if unknown := fits - CATEGORIES.keys():
                raise ValueError(f"noun {word!r}: no such category {sorted(unknown)}; there are {sorted(CATEGORIES)}")
            key = word.casefold().replace(" ", "")
            known = nouns.get(key) or Noun(word, frozenset(), _may_end(key, "-"), clear=False)
            if known.categories or not known.clear:
                nouns[key] = Noun(known.tag, known.categories | fits, known.ends, known.clear)
        return Lexicon(nouns, self._attributes, f".{_digest(nouns)}")

    def whole(self, word: str) -> Noun | None:
        return self._nouns.get(word)

    def ending(self, word: str) -> Noun | None:
        """The noun that is the word (or its English plural) or its end, the longest first: Korean heads come last."""
        if noun := self._nouns.get(word) or (self._nouns.get(word[:-1]) if word[-1:] == "s" else None):
            return noun
        for length in range(min(len(word) - 1, LONGEST_WORD), 0, -1):
            noun = self._nouns.get(word[-length:])
            if noun is not None and noun.ends and is_hangul(word[-length - 1]):
                return noun
        return None

    def attribute(self, word: str) -> str | None:
        return self._attributes.get(word)


@cache
def _core() -> Lexicon:
    nouns: dict[str, Noun] = {}
    for categories, words, ends in rows("heads.tsv"):
        fits = frozenset() if categories == "-" else frozenset(categories.split("|"))
        if unknown := fits - CATEGORIES.keys():
            raise ValueError(f"heads.tsv: no such category {sorted(unknown)} for {words!r}")
        alternates = words.split("|")
        for word in alternates:
            nouns[word] = Noun(alternates[0], fits, _may_end(word, ends))
    attributes = {word: tag for tag, words in rows("attributes.tsv") for word in words.split("|")}
    return Lexicon(nouns, attributes)


def _digest(nouns: Mapping[str, Noun]) -> str:
    lines = sorted(f"{word}={noun.tag}:{sorted(noun.categories)}" for word, noun in nouns.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:8]


def _may_end(word: str, ends: str) -> bool:
    if ends == "no" or not is_hangul(word[-1:] or " "):
        return False
    return ends == "yes" or len(word) > 1

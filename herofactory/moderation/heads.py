"""The head nouns of an item's name: what the thing is, under all that is said about it.

Korean heads come last (`드래곤 방패 장식` is an ornament), English ones come last or before `of`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from herofactory.moderation.datafile import word_set
from herofactory.moderation.lexicon import Lexicon, Noun
from herofactory.moderation.text import is_hangul

CARRIERS = word_set("carrier")
BUNDLES = word_set("bundle")
JOINERS = word_set("joiner")
ENGLISH_STOPS = word_set("stop")
UI_WORDS = word_set("ui")

_WORD = re.compile(r"[^\W_]+")
_SEGMENT = re.compile(r"[/|,&+:;·•、~]| [-–—] ")
_OPENERS, _CLOSERS = "([{<【「『〔《〈", ")]}>】」』〕》〉"


@dataclass(frozen=True, slots=True)
class Heads:
    """`complete`: every part of the name has a known head; only then may the name count against an item."""

    nouns: tuple[Noun, ...]
    complete: bool

    @property
    def categories(self) -> frozenset[str]:
        return frozenset[str]().union(*(noun.categories for noun in self.nouns))


def heads_of(name: str, lexicon: Lexicon) -> Heads:
    """`name` in its folded view (`text.View.folded`)."""
    found: list[Noun | None] = []
    for segment in _SEGMENT.split(without_brackets(name)):
        found += _heads_of_words(words_of(segment), lexicon)
    nouns = tuple(noun for noun in found if noun is not None)
    return Heads(nouns, complete=bool(nouns) and len(nouns) == len(found) and all(each.clear for each in nouns))


def words_of(text: str) -> list[str]:
    return _WORD.findall(text)


def without_brackets(text: str) -> str:
    """The text outside brackets; all of it when nothing is left or a bracket is never closed."""
    kept: list[str] = []
    depth = 0
    for character in text:
        if character in _OPENERS:
            depth += 1
        elif character in _CLOSERS:
            depth = max(0, depth - 1)
        elif depth == 0:
            kept.append(character)
        if character in _OPENERS + _CLOSERS:
            kept.append(" ")
    outside = " ".join("".join(kept).split())
    return outside if outside and depth == 0 else text


def _heads_of_words(words: Sequence[str], lexicon: Lexicon) -> Iterator[Noun | None]:
    """One entry per coordinated part; None where the part's head is not known."""
    if any(word in BUNDLES for word in words[-3:]):
        every = [noun for word in words if (noun := lexicon.ending(word)) and noun.categories]
        yield from every or (None,)
        return
    for part in _parts(words, lexicon):
        if kept := _strip(_before_english_stop(part), lexicon):
            yield _head(kept, lexicon)


def _head(words: Sequence[str], lexicon: Lexicon) -> Noun | None:
    pair = "".join(words[-2:])
    noun = (lexicon.whole(pair) if len(words) > 1 else None) or lexicon.ending(words[-1])
    return noun if noun and noun.categories else None


def _parts(words: Sequence[str], lexicon: Lexicon) -> Iterator[list[str]]:
    """Split at `와`, `및`, `and` and at nouns that carry the particle (`검과 방패`), not at `사과` or `기와`."""
    part: list[str] = []
    for word in words:
        if word in JOINERS:
            yield part
            part = []
        elif _carries_and(word) and not lexicon.whole(word):
            yield [*part, word[:-1]]
            part = []
        else:
            part.append(word)
    yield part


def _carries_and(word: str) -> bool:
    """`과` follows a syllable with a final consonant, `와` one without."""
    if word[-1] not in "과와" or not is_hangul(word[-2:-1] or " "):
        return False
    closed = (ord(word[-2]) - ord("가")) % 28 > 0
    return closed == (word[-1] == "과")


def _before_english_stop(words: Sequence[str]) -> Sequence[str]:
    for index, word in enumerate(words):
        if index and word in ENGLISH_STOPS:
            return words[:index]
    return words


def _strip(words: Sequence[str], lexicon: Lexicon) -> Sequence[str]:
    """Without trailing sizes, versions, carriers and attributes (`방패 아이콘 32x32`, `검 전설`)."""
    end = len(words)
    while end and _says_nothing(words[end - 1], lexicon):
        end -= 1
    return words[:end]


def _says_nothing(word: str, lexicon: Lexicon) -> bool:
    if word in CARRIERS or any(character.isdigit() for character in word):
        return True
    return lexicon.whole(word) is None and lexicon.attribute(word) is not None

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from typing import Protocol

from herofactory.search.analysis.morpheme import Morpheme


class UserDictionaryError(ValueError):
    pass


class Morphology(Protocol):
    def morphemes(self, text: str) -> list[Morpheme]: ...


class UserDictionary:
    """nori's `user_dictionary_rules` in front of MeCab, without compiling a dictionary.

    The longest rule at each place wins. Its word is shown to MeCab as a plain noun with, or without, a final consonant,
    so the particles and endings behind it are still read rightly; offsets lead back to the text as it was.
    """

    def __init__(self, rules: Mapping[str, tuple[str, ...]]) -> None:
        self.rules = rules
        longest_first = sorted(map(re.escape, rules), key=len, reverse=True)
        self._pattern = re.compile("|".join(longest_first) or r"(?!)")

    def morphemes(self, text: str, below: Morphology) -> list[Morpheme]:
        words = list(self._pattern.finditer(text))
        if not words:
            return below.morphemes(text)
        masked = _Masked(text, words)
        read = below.morphemes(masked.text)
        if masked.whole_in(read):
            return [own for morpheme in read for own in self._lead_back(morpheme, masked)]
        return list(self._apart(text, words, below))

    def _lead_back(self, morpheme: Morpheme, masked: _Masked) -> Iterator[Morpheme]:
        word = masked.words.get(morpheme.start)
        if word is not None:
            yield from self._parts(word)
            return
        shift = masked.shift(morpheme.start)
        yield Morpheme(morpheme.surface, morpheme.start + shift, morpheme.end + shift, morpheme.feature)

    def _parts(self, word: re.Match[str]) -> Iterator[Morpheme]:
        start = word.start()
        for part in self.rules[word.group()]:
            yield Morpheme(part, start, start + len(part), ["NNG"])
            start += len(part)

    def _apart(self, text: str, words: Iterable[re.Match[str]], below: Morphology) -> Iterator[Morpheme]:
        """MeCab joined a stand-in with its neighbour: read what lies between the user words piece by piece."""
        last = 0
        for word in words:
            yield from _piece(text, last, word.start(), below)
            yield from self._parts(word)
            last = word.end()
        yield from _piece(text, last, len(text), below)


class _Masked:
    """The text with every user word replaced by a stand-in of the same shape."""

    # Common nouns that start no compound of the dictionary with what usually follows a game term.
    _CLOSED, _OPEN = "책상", "나무"

    def __init__(self, text: str, words: Iterable[re.Match[str]]) -> None:
        pieces: list[str] = []
        self.words: dict[int, re.Match[str]] = {}
        self._shifts: list[tuple[int, int]] = []
        last = length = 0
        for word in words:
            pieces.append(text[last : word.start()])
            length += word.start() - last
            stand_in = self._CLOSED if _ends_closed(word.group()) else self._OPEN
            pieces.append(stand_in)
            self.words[length] = word
            length += len(stand_in)
            last = word.end()
            self._shifts.append((length, last - length))
        self.text = "".join([*pieces, text[last:]])

    def whole_in(self, morphemes: Iterable[Morpheme]) -> bool:
        found = {morpheme.start for morpheme in morphemes if morpheme.end - morpheme.start == len(self._OPEN)}
        return found.issuperset(self.words)

    def shift(self, at: int) -> int:
        """What to add to an offset of the masked text to get one of the text."""
        shift = 0
        for begin, amount in self._shifts:
            if at < begin:
                break
            shift = amount
        return shift


def _ends_closed(word: str) -> bool:
    """Whether the last syllable has a final consonant, which decides the form of the particle after it."""
    syllable = ord(word[-1]) - 0xAC00
    return 0 <= syllable < 11172 and syllable % 28 > 0


def _piece(text: str, start: int, end: int, below: Morphology) -> Iterator[Morpheme]:
    piece = text[start:end]
    if piece.strip():
        for morpheme in below.morphemes(piece):
            yield Morpheme(morpheme.surface, morpheme.start + start, morpheme.end + start, morpheme.feature)


def parse_rules(lines: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Reads nori's rule format. Raises UserDictionaryError with the line number."""
    rules: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(lines, 1):
        word, *parts = line.partition("#")[0].split() or [""]
        if not word:
            continue
        if parts and "".join(parts) != word:
            raise UserDictionaryError(f"User dictionary line {number}: the parts {parts} do not add up to {word!r}.")
        if len(word) < 2:
            raise UserDictionaryError(
                f"User dictionary line {number}: {word!r} is one syllable and would match inside words."
            )
        if word in rules:
            raise UserDictionaryError(f"User dictionary line {number}: {word!r} is there twice.")
        rules[word] = tuple(parts) or (word,)
    return rules


def rules_text() -> str:
    return (resources.files("herofactory.search") / "data" / "user_dictionary.txt").read_text(encoding="utf-8")


def user_dictionary() -> UserDictionary:
    return UserDictionary(parse_rules(rules_text().splitlines()))

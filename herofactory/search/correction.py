"""Other spellings for a query that finds nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Protocol

from herofactory.search.analysis.analyzer import KoreanAnalyzer
from herofactory.search.document import ItemDocument
from herofactory.search.hangul import decompose
from herofactory.search.keyboard import to_hangul
from herofactory.search.typeahead import tidy, words_of

# Letters (jamo) a word needs before one, or two, of them may be wrong: 좀비 has 5, 드래곤슬레이어 14.
_ONE_WRONG, _TWO_WRONG = 4, 8
_CANDIDATES = 50
_TRIES = 3
_MAX_WORDS = 8
# Characters: a fuzzy automaton for 5,000 letters takes seconds to build, and nobody mistypes a name that long.
_MAX_TEXT = 60


class NearWords(Protocol):
    def near(self, letters: str, distance: int, limit: int) -> Sequence[ItemDocument]:
        """Items with a word at most `distance` letters (0..2) from `letters`, which are decomposed."""


class Corrector:
    def __init__(self, analyzer: KoreanAnalyzer, items: NearWords, vocabulary: Sequence[str] = ()) -> None:
        """`vocabulary`: words that may find something though no item is called so, as synonyms do."""
        self._analyzer = analyzer
        self._items = items
        self._vocabulary = vocabulary

    def spellings(self, text: str) -> Iterator[str]:
        """Corrected texts, likeliest first. Whether they find something is for the caller to see."""
        if len(text) > _MAX_TEXT:
            return
        typed = tidy(text)
        if (switched := to_hangul(text.strip())) is not None:
            yield switched
        words = typed.split()
        if not 1 <= len(words) <= _MAX_WORDS:
            return
        if len(words) == 1:
            yield from islice(self._nearest(typed), _TRIES)
            return
        yield from self._nearest("".join(words), exact=True)
        corrected = [word if self._known(word) else next(self._nearest(word), word) for word in words]
        if corrected != words:
            yield " ".join(corrected)

    def near(self, text: str, limit: int) -> tuple[str, ...]:
        """Words like `text`, for "did you mean"."""
        found = self._nearest(tidy(text)) if len(text) <= _MAX_TEXT else iter(())
        return tuple(islice(found, limit))

    def _known(self, word: str) -> bool:
        return word in self._vocabulary or bool(self._items.near(decompose(word), 0, 1))

    def _nearest(self, word: str, exact: bool = False) -> Iterator[str]:
        letters = decompose(word)
        allowed = 0 if exact else _allowed(letters)
        if allowed == 0 and not exact:
            return
        ranked = sorted(
            (distance(letters, decompose(candidate), allowed), -count, candidate)
            for candidate, count in (dict.fromkeys(self._vocabulary, 0) | self._candidates(letters, allowed)).items()
        )
        yield from (candidate for far, _, candidate in ranked if far <= allowed)

    def _candidates(self, letters: str, allowed: int) -> dict[str, int]:
        counted: dict[str, int] = {}
        for document in self._items.near(letters, allowed, _CANDIDATES):
            for word in words_of(document, self._analyzer.terms(document.name)):
                counted[word] = counted.get(word, 0) + 1
        return counted


def _allowed(letters: str) -> int:
    return 2 if len(letters) >= _TWO_WRONG else 1 if len(letters) >= _ONE_WRONG else 0


def distance(left: str, right: str, most: int) -> int:
    """Levenshtein distance with neighbouring letters swapped as one step; `most` + 1 for anything beyond `most`."""
    if abs(len(left) - len(right)) > most:
        return most + 1
    before, row = [0] * (len(right) + 1), list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        oldest, before, row = before, row, [i]
        for j, b in enumerate(right, 1):
            step = min(before[j] + 1, row[-1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                step = min(step, oldest[j - 2] + 1)
            row.append(step)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)

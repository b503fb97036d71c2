"""What the store has instead of what is missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from herofactory.search.analysis.analyzer import korean_analyzer
from herofactory.search.correction import distance
from herofactory.search.document import ItemDocument
from herofactory.search.hangul import decompose
from herofactory.search.port import SearchReader
from herofactory.search.query import SearchQuery

NEAREST_ITEMS = 3
_TERMS = 2_000
"""The most searched terms only: a rare one is no good advice."""
_FAR = 2
"""Letters that may differ where no word is shared."""


@dataclass(frozen=True, slots=True)
class NearItem:
    item_id: str
    name: str


class NearestTerm:
    """`finding`: people per term that finds something."""

    def __init__(self, finding: Mapping[str, int]) -> None:
        known = sorted(finding, key=lambda term: (-finding[term], term))[:_TERMS]
        self._ranks = {term: rank for rank, term in enumerate(known)}
        self._letters = {term: decompose(term) for term in known}
        self._having: defaultdict[str, list[str]] = defaultdict(list)
        for term in known:
            for word in _words(term):
                self._having[word].append(term)

    def to(self, form: str) -> str | None:
        """With the most words in common, for equals its head (a Korean head comes last); else of nearly its letters."""
        words = _words(form)
        shared: defaultdict[str, float] = defaultdict(float)
        for at, word in enumerate(words):
            for term in self._having.get(word, ()):
                shared[term] += 1.5 if at == len(words) - 1 else 1.0
        if shared:
            # Of those that share as much, the one that adds least, then the most searched.
            return min(shared, key=lambda term: (-shared[term], len(_words(term)), self._ranks[term]))
        return self._of_nearly_its_letters("".join(form.split()))

    def _of_nearly_its_letters(self, term: str) -> str | None:
        letters = decompose(term)
        near = ((distance(letters, other, _FAR), self._ranks[each], each) for each, other in self._letters.items())
        far, _, each = min(near, default=(_FAR + 1, 0, ""))
        return each if far <= _FAR < len(letters) / 2 else None


def nearest_items(reader: SearchReader, form: str) -> tuple[NearItem, ...]:
    """What its own search shows instead, else what its parts and words like it find, taking turns. Blocks."""
    page = reader.search(SearchQuery(form, limit=NEAREST_ITEMS, facets=False))
    found = [page.hits] if page.hits else [
        reader.search(SearchQuery(text, limit=NEAREST_ITEMS, facets=False)).hits for text in page.suggestions
    ]  # fmt: skip
    turns = (hits[n].document for n in range(NEAREST_ITEMS) for hits in found if n < len(hits))
    return tuple(NearItem(each.id, each.name) for each in _distinct(turns))[:NEAREST_ITEMS]


def _distinct(documents: Iterable[ItemDocument]) -> Iterable[ItemDocument]:
    return {document.id: document for document in documents}.values()


@lru_cache(20_000)
def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(korean_analyzer().terms(text)))

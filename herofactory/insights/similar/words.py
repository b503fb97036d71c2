"""Items alike in words, by the search index as it is: what the item's own words find besides it."""

from __future__ import annotations

from collections import defaultdict
from math import log1p

from herofactory.search.document import ItemDocument
from herofactory.search.port import SearchReader
from herofactory.search.query import SearchQuery
from herofactory.search.typeahead import tidy

DEPTH = 30
MAX_ASKED = 6
"""Searches that an item costs: each takes a millisecond or two."""
_NAME, _HEAD, _WORD, _TAG = 1.0, 1.0, 0.7, 0.6
_OTHER_CATEGORY = 0.8
_LAST_OF_PAGE = 0.6
"""What is found first fits best."""


def alike(reader: SearchReader, item: ItemDocument) -> dict[str, float]:
    """Ids of other items to how much of what `item` is called they are called too, 0 to 1.

    Rare words count more, by how many items have them; an item with none of its words is not in it. Raises SearchError.
    Blocks.
    """
    scores: defaultdict[str, float] = defaultdict(float)
    every, most = reader.count(), 0.0
    for text, worth in _asked(item):
        page = reader.search(SearchQuery(text, limit=DEPTH, facets=False))
        if page.corrected_to is not None or page.total < 2:
            continue  # what only the item has makes nothing like it
        weight = worth * log1p(every / page.total)
        most += weight
        for rank, hit in enumerate(page.hits):
            fit = 1 - (1 - _LAST_OF_PAGE) * rank / DEPTH
            scores[hit.document.id] += weight * fit * _same_kind(item, hit.document)
    scores.pop(item.id, None)
    return {id: score / most for id, score in scores.items()}


def _asked(item: ItemDocument) -> list[tuple[str, float]]:
    """The name, its words, tags, each once; the first MAX_ASKED of them."""
    words = tidy(item.name).split()
    # A Korean head comes last, and says what it is.
    asked = [(tidy(item.name), _NAME), *((word, _WORD if n else _HEAD) for n, word in enumerate(reversed(words)))]
    asked = [*asked[:4], *((tidy(tag), _TAG) for tag in (*item.tags, *item.auto_tags))]
    first: dict[str, float] = {}
    for text, worth in asked:
        if text:
            first.setdefault(text, worth)
    return list(first.items())[:MAX_ASKED]


def _same_kind(item: ItemDocument, other: ItemDocument) -> float:
    return 1.0 if item.category == other.category else _OTHER_CATEGORY

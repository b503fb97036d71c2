"""Which words a text asks for, and which ones an item has: as the search sees it."""

from __future__ import annotations

from functools import cache, cached_property

from herofactory.search.analysis.normalize import nfc
from herofactory.search.document import ItemDocument
from herofactory.search.labels import category_label
from herofactory.search.plan import Group, Planner
from herofactory.search.synonyms import Phrase


class Tokens:
    """Thread-safe. Words are compared after analysis, whole phrases by their words, wherever in the item they stand."""

    def __init__(self, planner: Planner | None = None) -> None:
        self._given = planner

    @cached_property
    def _planner(self) -> Planner:
        # Loads the analyser's dictionary and the synonyms: a second that only the first question pays.
        return self._given or Planner()

    def asked(self, text: str) -> tuple[str, ...]:
        """Words of `text` that an item must have, or have synonyms of."""
        return tuple(dict.fromkeys(term for group in self._planner.plan(text).groups for term in group.phrase))

    def had(self, item: ItemDocument) -> frozenset[str]:
        """Words of the item's searched fields."""
        texts = (item.name, *item.tags, *item.auto_tags, category_label(item.category), item.description)
        return frozenset(term for text in texts for term in self._planner.analyzer.terms(nfc(text)))

    def reached(self, had: frozenset[str]) -> frozenset[str]:
        """Words of all texts that may find an item with the words `had`: those, and what they are synonyms of."""
        typed = (typed for term in had for typed, found in self._typed_for.get(term, ()) if had.issuperset(found))
        return had.union(*typed)

    def answers(self, text: str, had: frozenset[str]) -> bool:
        groups = self._planner.plan(text).groups
        return bool(groups) and all(_has(group, had) for group in groups)

    @cached_property
    def _typed_for(self) -> dict[str, list[tuple[Phrase, Phrase]]]:
        """What is typed to find a phrase, by the phrase's first word."""
        inverted: dict[str, list[tuple[Phrase, Phrase]]] = {}
        for typed, others in self._planner.synonyms.rules():
            for found in others:
                inverted.setdefault(found[0], []).append((typed, found))
        return inverted


def _has(group: Group, had: frozenset[str]) -> bool:
    return any(had.issuperset(phrase) for phrase in (group.phrase, *group.synonyms))


@cache
def shipped_tokens() -> Tokens:
    """With the synonyms that the search uses."""
    return Tokens()

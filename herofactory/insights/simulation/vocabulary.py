"""What can be searched for: words of the items that are there, some far more often than others, and what is missing."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from herofactory.insights.simulation.plan import BadPlan, Plan

EXPONENT = 0.9
"""Of Zipf's law: close to 1 in query logs."""
DEEPEST = 60
"""Items that a term is given at most: nobody looks further."""
EVENING_TERMS = 0.1
"""Share of terms that are looked for in the evening only."""


@dataclass(frozen=True, slots=True)
class SimulatedItem:
    """What has to be known of an item of the store."""

    id: str
    name: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Term:
    text: str
    items: tuple[str, ...]
    """Ids of what it finds, in order; empty where it is missing."""
    clickable: bool = True
    evening: bool = False


class Vocabulary:
    def __init__(self, terms: Sequence[Term], missing: Sequence[Term]) -> None:
        self.terms = terms
        """The most searched first."""
        self.missing = missing
        self._weights = list(accumulate((rank + 1) ** -EXPONENT for rank in range(len(terms))))

    def draw(self, rng: Random) -> Term:
        return rng.choices(self.terms, cum_weights=self._weights)[0]


def vocabulary(items: Iterable[SimulatedItem], plan: Plan, rng: Random) -> Vocabulary:
    """Raises BadPlan where there is no item to search for."""
    found = _found_by(items)
    texts = sorted(found)
    if not texts:
        raise BadPlan("there is no item to search for; import some first, for example with `hero catalog import`")
    rng.shuffle(texts)
    ignored = set(rng.sample(range(len(texts)), min(plan.ignored, len(texts) // 2)))
    terms = [
        Term(text, tuple(found[text]), clickable=n not in ignored, evening=rng.random() < EVENING_TERMS)
        for n, text in enumerate(texts)
    ]
    missing = [Term(_normal(text), ()) for text in plan.missing]
    return Vocabulary(terms, [term for term in missing if term.text not in found])


def _found_by(items: Iterable[SimulatedItem]) -> dict[str, list[str]]:
    """Names, their words and tags, to the items that have them."""
    found: dict[str, list[str]] = {}
    for item in items:
        name = _normal(item.name)
        for text in dict.fromkeys((name, *name.split(), *map(_normal, item.tags))):
            if len(text) > 1 and len(ids := found.setdefault(text, [])) < DEEPEST:
                ids.append(item.id)
    return found


def _normal(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())

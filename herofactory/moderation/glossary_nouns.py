"""The game glossary's nouns as an extension of the lexicon: `Lexicon.core().extended(glossary_nouns())`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache

from herofactory.glossary.entries import read_entries
from herofactory.glossary.glossary import DATA


@cache
def glossary_nouns() -> Mapping[str, frozenset[str]]:
    """Korean noun -> categories that the glossary gives it. Raises GlossaryError for bad data."""
    nouns: defaultdict[str, set[str]] = defaultdict(set)
    for path in sorted(DATA.glob("*.tsv")):
        for entry in read_entries(path):
            for korean in entry.korean if entry.category else ():
                nouns[korean].add(str(entry.category))
    return {noun: frozenset(categories) for noun, categories in nouns.items()}

"""A text that has what is missing drawn."""

from __future__ import annotations

from functools import lru_cache

from herofactory.catalog.categories import CATEGORIES, Category

MAX_PROMPT = 300
_HOW = ", 하나만 크게, 한가운데"
"""Words for people that add nothing to what the term itself is translated to: which category it is of, and so how it is
shown, is read from its head. Anything about the ground behind it would be taken for a scene."""


def prompt(form: str) -> str:
    """Korean, at most MAX_PROMPT characters; read as the term itself by the local translator."""
    how = "" if category_of(form) == "background" else _HOW
    return form[: MAX_PROMPT - len(how)].strip() + how


@lru_cache(10_000)
def category_of(form: str) -> Category | None:
    """What the glossary takes its head for: a Korean head comes last. None where it knows no such noun."""
    # The glossary's 4,000 rows: only for who asks.
    from herofactory.moderation.glossary_nouns import glossary_nouns

    nouns = glossary_nouns()
    text = "".join(form.split())
    for start in range(len(text)):
        if found := nouns.get(text[start:]):
            return next(category for category in CATEGORIES if category in found)
    return None

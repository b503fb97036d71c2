"""One term for all spellings, spacings and particles of one thing."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

TermOf = Callable[[str], str]
_CACHED = 50_000
"""Texts whose term is remembered: analysing one takes some 50 µs, and most searches are repeats."""
_LONGEST = 200
"""Characters of a term: it is part of a key, and PostgreSQL's keys end at 2,700 bytes."""


def clean(text: str) -> str:
    """A form as it can be stored: PostgreSQL's text has no NUL."""
    return text.replace("\0", " ").strip()[:_LONGEST]


@lru_cache(_CACHED)
def term_of(text: str) -> str:
    """The analyser's terms of a normalised text, joined: 마법검, 마법 검 and 마법검을 are one. Else the text itself."""
    # Dictionaries of 50 MB: only who folds pays for them.
    from herofactory.search.analysis.analyzer import korean_analyzer

    return "".join(korean_analyzer().terms(text))[:_LONGEST] or clean(text)

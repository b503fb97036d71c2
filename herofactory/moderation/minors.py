"""Minors and sexual words in one text: neither alone says anything, together they never pass."""

from __future__ import annotations

from collections.abc import Iterator

from herofactory.moderation.datafile import word_set
from herofactory.moderation.phrases import finding, has_any
from herofactory.moderation.text import View
from herofactory.moderation.verdict import Code, Decision, Finding

_MINORS = word_set("minor")
_YOUNG = word_set("young")
_SUGGESTIVE = word_set("suggestive")


def check_minors(item: View) -> Iterator[Finding]:
    """`item`: all the item's texts as one, for the two halves may stand in different fields."""
    if not has_any(item.folded, _SUGGESTIVE):
        return
    if has_any(item.folded, _MINORS):
        yield finding(item.field, Code.UNSAFE_MINOR, Decision.REJECTED)
    elif has_any(item.folded, _YOUNG):
        yield finding(item.field, Code.UNSAFE_MINOR, Decision.REVIEW)

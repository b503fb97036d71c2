"""Does the item fit its category? Weapon = attack, armor = defence, accessory = buff or ornament: by purpose.

Only the head noun of the name is evidence, and only one that is clear: an unknown word never counts against an item.
"""

from __future__ import annotations

from collections.abc import Iterator

from herofactory.moderation.heads import UI_WORDS, Heads, heads_of, words_of
from herofactory.moderation.lexicon import CATEGORIES, Lexicon
from herofactory.moderation.verdict import Code, Decision, Finding, Reason

AREA = "category"
DOUBTFUL_CHOICES = 2
"""A head that fits one other category is clear, one that fits two is a doubt, more are no evidence."""


def check_category(category: str, name: str, lexicon: Lexicon) -> Iterator[Finding]:
    """`name` in its folded view."""
    if category not in CATEGORIES:
        known = ", ".join(CATEGORIES)
        yield _finding(Decision.REVIEW, Code.CATEGORY_UNKNOWN, f"there is no such category; there are {known}")
        return
    heads = heads_of(name, lexicon)
    if not heads.complete or category in heads.categories or len(heads.categories) > DOUBTFUL_CHOICES:
        return
    if category == "ui" and UI_WORDS & set(words_of(name)):
        return
    clear = len(heads.categories) == 1 and category != "ui"
    decision = Decision.REJECTED if clear else Decision.REVIEW
    yield _finding(decision, Code.CATEGORY_MISMATCH, _explain(heads, category))


def _explain(heads: Heads, category: str) -> str:
    things = ", ".join(dict.fromkeys(f"'{noun.tag}'" for noun in heads.nouns))
    fitting = " or ".join(_named(each) for each in CATEGORIES if each in heads.categories)
    return f"{things} fits {fitting}, not {_named(category)}: change the category or the name"


def _named(category: str) -> str:
    return f"{category} ({CATEGORIES[category]})"


def _finding(decision: Decision, code: Code, detail: str) -> Finding:
    return Finding(AREA, decision, Reason(code, detail))

"""Text that is there to fill space: one character or one word over and over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby

from herofactory.moderation.heads import words_of
from herofactory.moderation.text import View
from herofactory.moderation.verdict import Code, Decision, Finding, Reason

LONGEST_RUN = 15
"""Letters or digits in a row. Lines of dashes, dots and laughter (ㅋㅋㅋ) are style."""
FEWEST_WORDS = 12
LARGEST_SHARE = 0.6
"""Share of one word among all; natural Korean stays below a tenth, a list of sizes below a half."""


def check_repetition(view: View) -> Iterator[Finding]:
    if _longest_run(view.folded) > LONGEST_RUN:
        yield _finding(Decision.REVIEW, f"the {view.field} repeats one character many times")
    words = words_of(view.folded)
    if len(words) >= FEWEST_WORDS and Counter(words).most_common(1)[0][1] / len(words) > LARGEST_SHARE:
        yield _finding(Decision.REJECTED, f"the {view.field} repeats one word over and over: describe the item")


def _longest_run(text: str) -> int:
    """Of one letter or digit; jamo alone (ㅋㅋㅋ, folded to U+1100 and up) are no letters here."""
    runs = (sum(1 for _ in same) for character, same in groupby(text) if _counts(character))
    return max(runs, default=0)


def _counts(character: str) -> bool:
    return character.isalnum() and not "\u1100" <= character <= "\u11ff"


def _finding(decision: Decision, detail: str) -> Finding:
    return Finding("spam", decision, Reason(Code.REPETITION, detail))

"""Views of a text in which the same words look the same, however they were dressed up.

Everything here is one pass over the text: no view is longer than MAX_VIEW characters.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

MAX_VIEW = 20_000
"""Characters judged per field; the API allows 5,000, and NFKC may lengthen them. What is longer goes to review."""
FEWEST_SPACED_LETTERS = 4


@dataclass(frozen=True)
class View:
    """One field's text. `too_long`: its tail was not looked at, so it must not be approved."""

    field: str
    raw: str

    @property
    def too_long(self) -> bool:
        return len(self.raw) > MAX_VIEW or len(self._folded) > MAX_VIEW

    @cached_property
    def _folded(self) -> str:
        """Compatibility forms unified (full-width digits, circled letters), case folded, invisible characters gone."""
        text = unicodedata.normalize("NFKC", self.raw[:MAX_VIEW]).casefold()
        visible = (_plain(character) for character in text)
        return unicodedata.normalize("NFC", " ".join("".join(visible).split()))

    @property
    def folded(self) -> str:
        return self._folded[:MAX_VIEW]

    @cached_property
    def joined(self) -> str:
        """`folded` without symbols inside words: `시*발` reads as `시발`. Spaces stay."""
        return "".join(character for character in self.folded if character.isalnum() or character == " ")

    @cached_property
    def unspaced(self) -> str:
        """`folded` with letters that stand one by one put together: `텔 레 그 램 hero` reads as `텔레그램 hero`."""
        words: list[str] = []
        for single, group in groupby(self.folded.split(), key=lambda word: len(word) == 1):
            letters = list(group)
            words += ["".join(letters)] if single and len(letters) >= FEWEST_SPACED_LETTERS else letters
        return " ".join(words)


def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cf", "Mn", "Me"):
        return ""
    return " " if category[0] in "CZ" else character


def is_hangul(character: str) -> bool:
    return "가" <= character <= "힣"

"""Which language a wish is written in, as far as it matters here."""

from __future__ import annotations

import unicodedata

from herofactory.studio.prompts.draft import Language

FOREIGN_SHARE = 0.3
"""Share of letters of other scripts from which a text is neither Korean nor English, nor a mixture of the two."""


def language_of(text: str) -> Language:
    letters = [each for each in text if each.isalpha()]
    korean = sum(map(is_hangul, letters))
    latin = sum(map(_is_latin, letters))
    if not letters or len(letters) - korean - latin > FOREIGN_SHARE * len(letters):
        return "other"
    if korean and latin:
        return "mixed"
    return "ko" if korean else "en"


def is_hangul(character: str) -> bool:
    return "가" <= character <= "힣" or "ㄱ" <= character <= "ㆎ" or "\u1100" <= character <= "\u11ff"


def ascii_of(text: str) -> str:
    """`text` in ASCII: accents and typographic quotes made plain, everything else that is not ASCII left out."""
    plain = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    kept = "".join(each for each in plain if " " <= each <= "~")
    return " ".join(kept.split())


def _is_latin(character: str) -> bool:
    return unicodedata.normalize("NFKD", character)[0].isascii()


_PLAIN = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\t": " ", "\n": " ", "\r": " "})

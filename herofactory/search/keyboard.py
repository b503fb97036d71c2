"""Korean typed with the English layout on: rja -> 검."""

from __future__ import annotations

from herofactory.search.hangul import FINALS, INITIALS, SPLIT_FINALS, VOWELS, compose

# The standard two-set (dubeolsik) layout.
_KEYS = dict(
    zip(
        "rRseEfaqQtTdwWczxvgkoiOjpuPhynbml",
        "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎㅏㅐㅑㅒㅓㅔㅕㅖㅗㅛㅜㅠㅡㅣ",
        strict=True,
    )
)
_VOWEL_PAIRS = {"ㅗㅏ": "ㅘ", "ㅗㅐ": "ㅙ", "ㅗㅣ": "ㅚ", "ㅜㅓ": "ㅝ", "ㅜㅔ": "ㅞ", "ㅜㅣ": "ㅟ", "ㅡㅣ": "ㅢ"}
_FINAL_PAIRS = {pair: final for final, pair in SPLIT_FINALS.items()}


def to_hangul(text: str) -> str | None:
    """`text` as the Korean layout would have typed it; None unless every word becomes whole syllables."""
    words = [_word(word) for word in text.split()]
    return " ".join(word for word in words if word) if words and all(words) else None


def _word(word: str) -> str | None:
    typed = [_KEYS.get(key) or _KEYS.get(key.lower()) for key in word]
    if not typed or None in typed:
        return None
    composed: list[str] = []
    rest = "".join(letter for letter in typed if letter)
    while rest:
        syllable, used = _syllable(rest)
        if not syllable:
            return None
        composed.append(syllable)
        rest = rest[used:]
    return "".join(composed)


def _syllable(letters: str) -> tuple[str, int]:
    """The first syllable and how many letters it takes; a consonant before a vowel belongs to the next one."""
    if len(letters) < 2 or letters[0] not in INITIALS or letters[1] not in VOWELS:
        return "", 0
    vowel = _VOWEL_PAIRS.get(letters[1:3], letters[1])
    used = 3 if letters[1:3] in _VOWEL_PAIRS else 2
    final = ""
    for candidate, length in ((_FINAL_PAIRS.get(letters[used : used + 2]), 2), (letters[used : used + 1], 1)):
        after = letters[used + length : used + length + 1]
        if candidate and candidate in FINALS and not (after and after in VOWELS):
            final, used = candidate, used + length
            break
    return compose(letters[0], vowel, final), used

"""Letters (jamo) of Hangul syllables. Decomposed text (NFD) tells initials from finals, so it composes back."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
FINALS = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")
# A final that two keystrokes make: what stays, and the initial that goes on to the next syllable.
SPLIT_FINALS = dict(
    zip(
        "ㄳㄵㄶㄺㄻㄼㄽㄾㄿㅀㅄ",
        ("ㄱㅅ", "ㄴㅈ", "ㄴㅎ", "ㄹㄱ", "ㄹㅁ", "ㄹㅂ", "ㄹㅅ", "ㄹㅌ", "ㄹㅍ", "ㄹㅎ", "ㅂㅅ"),
        strict=True,
    )
)
_FIRST, _LAST = 0xAC00, 0xD7A3


def is_syllable(char: str) -> bool:
    return _FIRST <= ord(char) <= _LAST


def compose(initial: str, vowel: str, final: str = "") -> str:
    return chr(_FIRST + (INITIALS.index(initial) * 21 + VOWELS.index(vowel)) * 28 + FINALS.index(final))


def letters(syllable: str) -> tuple[str, str, str]:
    """(initial, vowel, final or "") as compatibility jamo, the ones a keyboard types."""
    code = ord(syllable) - _FIRST
    return INITIALS[code // 588], VOWELS[code % 588 // 28], FINALS[code % 28]


def initials(text: str) -> str:
    """마법검 -> ㅁㅂㄱ; what is no syllable stays."""
    return "".join(letters(char)[0] if is_syllable(char) else char for char in text)


def has_lone_initial(text: str) -> bool:
    return any(char in INITIALS for char in text)


def decompose(text: str) -> str:
    """NFD, lone consonants as initials: the beginnings of a decomposed word are what one types on the way to it."""
    return unicodedata.normalize("NFD", "".join(_as_initial(char) for char in text))


def compose_text(decomposed: str) -> str:
    return unicodedata.normalize("NFC", decomposed)


def typed_on_the_way(text: str) -> Iterator[str]:
    """What `text` may be half of: 맙 is 마법 while its ㅓ is not typed yet."""
    yield text
    if not text or not is_syllable(text[-1]):
        return
    initial, vowel, final = letters(text[-1])
    if final:
        pair = SPLIT_FINALS.get(final, final)
        stays, goes = pair[:-1], pair[-1]
        yield text[:-1] + compose(initial, vowel, stays) + goes


def _as_initial(char: str) -> str:
    return chr(0x1100 + INITIALS.index(char)) if char in INITIALS else char

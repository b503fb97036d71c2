"""The few rules of Korean spelling that putting words together needs."""

from __future__ import annotations

_FIRST_SYLLABLE, _LAST_SYLLABLE, _FINALS = 0xAC00, 0xD7A3, 28
_FINAL_RIEUL = 8
#: Digits as they are read aloud (영 일 이 삼 사 오 육 칠 팔 구): with a final consonant; of these 일 칠 팔 end in rieul.
_DIGITS_WITH_FINAL, _DIGITS_WITH_RIEUL = "013678", "178"


def final_consonant(text: str) -> int:
    """Index of the last syllable's final consonant (0: none), per Unicode's Hangul syllable arithmetic."""
    last = text.rstrip("'\")」』")[-1:]
    if last and _FIRST_SYLLABLE <= ord(last) <= _LAST_SYLLABLE:
        return (ord(last) - _FIRST_SYLLABLE) % _FINALS
    if last in _DIGITS_WITH_RIEUL:
        return _FINAL_RIEUL if last else 0
    return 1 if last in _DIGITS_WITH_FINAL and last else 0


def with_and(text: str) -> str:
    """`text` with the particle 와 or 과."""
    return text + ("과" if final_consonant(text) else "와")


def with_object(text: str) -> str:
    """`text` with the particle 을 or 를."""
    return text + ("을" if final_consonant(text) else "를")


def with_topic(text: str) -> str:
    """`text` with the particle 은 or 는."""
    return text + ("은" if final_consonant(text) else "는")


def with_means(text: str) -> str:
    """`text` with the particle 로 or 으로 (로 after a vowel and after rieul)."""
    return text + ("로" if final_consonant(text) in (0, _FINAL_RIEUL) else "으로")

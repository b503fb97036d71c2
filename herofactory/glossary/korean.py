"""The few rules of Korean spelling that putting words together needs."""

from __future__ import annotations

_FIRST_SYLLABLE, _LAST_SYLLABLE, _FINALS = 0xAC00, 0xD7A3, 28
_FINAL_RIEUL = 8
#: Final consonants of the digits as they are read aloud, 영 일 이 삼 사 오 육 칠 팔 구.
_DIGIT_FINALS = dict(zip("0123456789", (21, 8, 0, 16, 0, 0, 1, 8, 8, 0), strict=True))


def final_consonant(text: str) -> int:
    """Index of the last syllable's final consonant (0: none), per Unicode's Hangul syllable arithmetic."""
    last = text.rstrip("'\")」』")[-1:]
    if last and _FIRST_SYLLABLE <= ord(last) <= _LAST_SYLLABLE:
        return (ord(last) - _FIRST_SYLLABLE) % _FINALS
    return _DIGIT_FINALS.get(last, 0)


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

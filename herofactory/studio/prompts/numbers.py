"""Korean numbers and the counters behind them, and English plurals."""

from __future__ import annotations

_NATIVE = {
    "한": 1, "하나": 1, "두": 2, "둘": 2, "세": 3, "셋": 3, "석": 3, "네": 4, "넷": 4, "다섯": 5, "여섯": 6,
    "일곱": 7, "여덟": 8, "아홉": 9, "열": 10, "열두": 12, "스무": 20, "스물": 20,
}  # fmt: skip
_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_TAGS = frozenset(("MM", "NR", "SN", "NNG"))
COUNTERS = frozenset(
    (
        "개",
        "병",
        "마리",
        "명",
        "자루",
        "장",
        "권",
        "쌍",
        "벌",
        "송이",
        "그루",
        "분",
        "대",
        "채",
        "척",
        "켤레",
        "잔",
        "그릇",
    )
)
_IRREGULAR = {
    "man": "men", "woman": "women", "child": "children", "knife": "knives", "leaf": "leaves", "wolf": "wolves",
    "elf": "elves", "dwarf": "dwarves", "staff": "staffs", "fish": "fish", "deer": "deer", "sheep": "sheep",
    "person": "people", "scarf": "scarves", "thief": "thieves", "armor": "armors", "mouse": "mice", "foot": "feet",
}  # fmt: skip
_SIBILANTS = ("s", "x", "z", "ch", "sh")
_PLURAL_ALREADY = frozenset(("boots", "gloves", "shoes", "glasses", "gauntlets", "ruins", "claws", "swords"))


def number_of(text: str, tag: str) -> int | None:
    """The number that an atom says, or None."""
    if tag == "SN":
        return int(text) if text.isdecimal() and len(text) < 5 else None
    return _NATIVE.get(text) if tag in _TAGS and (tag != "NNG" or text in ("하나", "둘", "셋", "넷")) else None


def counted(number: int, noun: str) -> str:
    """`three swords`, from 3 and `sword`; the last word of a phrase becomes plural."""
    spoken = _WORDS[number - 1] if 1 <= number <= len(_WORDS) else str(number)
    return f"{spoken} {noun if number == 1 else plural(noun)}".strip()


def plural(noun: str) -> str:
    *before, last = noun.split(" ")
    return " ".join([*before, _plural(last)])


def _plural(word: str) -> str:
    if word in _IRREGULAR or not word or word in _PLURAL_ALREADY:
        return _IRREGULAR.get(word, word)
    if word.endswith(_SIBILANTS):
        return word + "es"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + "s"

"""Numbers of people in folded text: telephones, resident registration numbers, cards, accounts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate, pairwise

from herofactory.insights.privacy.span import Kind, Span
from herofactory.moderation.digits import Chain, chains

FEWEST_DIGITS = 9
"""A number of a person has at least so many; prices, sizes and dates have fewer."""
_CARD_DIGITS = range(13, 20)
_ABROAD_DIGITS = range(8, 16)
_HIDDEN_RESIDENT = re.compile(r"(?<![0-9])[0-9]{6}-[1-8][*x]{6}")
_SEPARATED = r"[ .\-–—−·_()/~*‐\u1173]{0,3}"
_DIGIT = "[0-9공영일이삼사오육륙칠팔구]"
_SPOKEN_MOBILE = re.compile(
    rf"(?<!{_DIGIT})[0oᄋ공영]{_SEPARATED}[1li일]{_SEPARATED}[016-9oᄋ공영일육륙칠팔구](?:{_SEPARATED}{_DIGIT}){{7,8}}"
)
_WESTERN = ((3, 3, 4), (1, 3, 3, 4))
"""Groups of a number as it is written in North America."""


def spans(text: str) -> Iterator[Span]:
    for match in _HIDDEN_RESIDENT.finditer(text):
        yield Span(match.start(), match.end(), "id")
    for match in _SPOKEN_MOBILE.finditer(text):
        yield Span(match.start(), match.end(), "phone")
    for chain in chains(text):
        kind = _kind(chain, text)
        if kind:
            start = chain.start - (text[chain.start - 1 : chain.start] in ("+", "("))
            yield Span(max(0, start), chain.end, kind)


def _kind(chain: Chain, text: str) -> Kind | None:
    digits, groups = chain.digits, chain.groups
    if text[chain.start - 1 : chain.start] == "+" and len(digits) in _ABROAD_DIGITS:
        return "phone"
    if len(digits) < FEWEST_DIGITS:
        return None
    if _is_resident(groups):
        return "id"
    if _has_card(groups):
        return "card"
    if _is_phone(groups):
        return "phone"
    between = text[chain.start : chain.end]
    return "number" if _is_long(groups) or "-" in between else None


def _is_resident(groups: tuple[str, ...]) -> bool:
    """Birthday and seven digits; written in one piece, or in two."""
    pairs = [(group[:6], group[6:]) for group in groups if len(group) == 13]
    pairs += list(pairwise(groups))
    return any(
        len(front) == 6 and len(back) == 7 and _is_birthday(front) and back[0] in "12345678" for front, back in pairs
    )


def _is_birthday(front: str) -> bool:
    return 1 <= int(front[2:4]) <= 12 and 1 <= int(front[4:]) <= 31


def _has_card(groups: tuple[str, ...]) -> bool:
    """Luhn; of the groups in a row that make up a card's number."""
    digits, edges = "".join(groups), list(accumulate(map(len, groups), initial=0))
    runs = ((start, end) for start in edges for end in edges if end - start in _CARD_DIGITS)
    return any(_luhn(digits[start:end]) for start, end in runs)


def _luhn(digits: str) -> bool:
    doubled = (int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _is_phone(groups: tuple[str, ...]) -> bool:
    """From a group that begins with 0 (or with Korea's 82) at least FEWEST_DIGITS digits follow."""
    if any(tuple(map(len, groups[at : at + len(form)])) == form for form in _WESTERN for at in range(len(groups))):
        return True
    return any(
        (group[0] == "0" and len("".join(groups[at:])) >= FEWEST_DIGITS) or (group == "82" and at + 1 < len(groups))
        for at, group in enumerate(groups)
    )


def _is_long(groups: tuple[str, ...]) -> bool:
    return max(map(len, groups)) >= FEWEST_DIGITS

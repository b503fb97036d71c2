from __future__ import annotations

from collections.abc import Collection, Iterable
from html import escape
from typing import NamedTuple

_GAP = 1  # a space between two marked words is marked with them


class Range(NamedTuple):
    """Characters `start` to `end` (exclusive) of a stored text."""

    start: int
    end: int


def ranges(spans: Iterable[tuple[str, int, int]], wanted: Collection[str], text: str) -> tuple[Range, ...]:
    """The places of the wanted terms, joined where only a space lies between. `spans`: term, start, end."""
    joined: list[Range] = []
    for term, start, end in spans:
        if term not in wanted:
            continue
        if joined and start <= joined[-1].end + _GAP and text[joined[-1].end : start].strip() == "":
            joined[-1] = Range(joined[-1].start, max(joined[-1].end, end))
        else:
            joined.append(Range(start, end))
    return tuple(joined)


def marked(text: str, places: Iterable[Range], opening: str = "<mark>", closing: str = "</mark>") -> str:
    """`text` as HTML with the places marked; everything else escaped."""
    pieces: list[str] = []
    last = 0
    for start, end in places:
        pieces += [escape(text[last:start]), opening, escape(text[start:end]), closing]
        last = end
    return "".join([*pieces, escape(text[last:])])


def snippet(text: str, places: tuple[Range, ...], width: int = 160) -> tuple[str, tuple[Range, ...]]:
    """About `width` characters of `text` around the first place, with the places moved to fit."""
    if len(text) <= width:
        return text, places
    first = places[0].start if places else 0
    start = max(0, min(first - width // 4, len(text) - width))
    end = start + width
    kept = tuple(Range(p.start - start, p.end - start) for p in places if p.start >= start and p.end <= end)
    return text[start:end], kept

"""Numbers as people write them when they want to be called: groups of digits with separators in between.

No pattern here backtracks: the text is cut once into groups, and a chain of groups is looked at in windows of at most
LONGEST_CHAIN groups.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_CHAIN = 16
LONGEST_GAP = 3
FEWEST_SPACED = 7
_GROUP = re.compile(r"[0-9]+")
_SEPARATORS = frozenset(" .-–—−·_()/~*‐\u1173")  # U+1173: ㅡ, a vowel that passes for a dash
_SPOKEN = frozenset("공영일이삼사오육륙칠팔구0123456789oliᄋ")


@dataclass(frozen=True, slots=True)
class Chain:
    """Digit groups with at most LONGEST_GAP separators between two. `start`, `end`: where it stands in the text."""

    groups: tuple[str, ...]
    start: int
    end: int

    @property
    def digits(self) -> str:
        return "".join(self.groups)

    def windows(self) -> Iterator[tuple[str, ...]]:
        """Every run of whole groups. Digits spaced one by one count only as a whole, and not in `v0.10.1234.5678`."""
        if any(len(group) == 1 for group in self.groups):
            if len(self.groups) >= FEWEST_SPACED:
                yield self.groups
            return
        for start in range(len(self.groups)):
            for end in range(start + 1, len(self.groups) + 1):
                yield self.groups[start:end]


def chains(text: str) -> Iterator[Chain]:
    """All chains of a folded text, in order; a longer row of groups is cut into several, overlapping by half."""
    row: list[re.Match[str]] = []
    for match in _GROUP.finditer(text):
        if row and not _is_gap(text[row[-1].end() : match.start()]):
            yield _chain(row)
            row = []
        row.append(match)
        if len(row) == LONGEST_CHAIN:
            yield _chain(row)
            row = row[LONGEST_CHAIN // 2 :]
    if row:
        yield _chain(row)


def _is_gap(between: str) -> bool:
    return 0 < len(between) <= LONGEST_GAP and _SEPARATORS.issuperset(between)


def _chain(row: list[re.Match[str]]) -> Chain:
    return Chain(tuple(match.group() for match in row), row[0].start(), row[-1].end())


def spoken_runs(text: str) -> Iterator[str]:
    """Rows of digits, Hangul digits and look-alike letters (`공일공-12`, `o1o 1234`), separators taken out."""
    run: list[str] = []
    for character in [*text, "\n"]:
        if character in _SPOKEN:
            run.append(character)
        elif character not in _SEPARATORS:
            yield "".join(run)
            run = []

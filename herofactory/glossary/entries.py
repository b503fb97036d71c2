"""Rows of the glossary's tab separated files."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from herofactory.catalog.categories import CATEGORIES, Category

MAX_TAGS = 4
COLUMNS = ("word", "role", "korean", "category", "tags")


class GlossaryError(ValueError):
    """A row of the glossary is wrong: the message names file, line, value and remedy."""


class Role(StrEnum):
    NOUN = "noun"
    ADJ = "adj"
    PART = "part"
    NUM = "num"
    #: No icon with this word in it may be named.
    SKIP = "skip"
    #: Only in phrases: the Korean is the name of exactly this icon, no part of others.
    ICON = "icon"
    #: Only in phrases: exactly this icon is left out; the words may serve others.
    UNNAMED = "unnamed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One meaning of an English word or of a hyphenated sequence of words.

    `korean` holds the primary translation first, then alternates; for `adj` in attributive form (불타는).
    `category` is what an icon is whose head is this entry; None where an entry cannot be a head.
    """

    english: str
    role: Role
    korean: tuple[str, ...]
    category: Category | None
    tags: tuple[str, ...]

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(self.english.split("-"))


def read_entries(path: Path) -> Iterator[Entry]:
    """Entries of one file. Raises GlossaryError for a row that does not keep to the format."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        if tuple(next(rows, ())) != COLUMNS:
            raise GlossaryError(f"{path.name}: the first line must be {' '.join(COLUMNS)}, separated by tabs")
        for number, row in enumerate(rows, start=2):
            try:
                yield _entry(row)
            except ValueError as error:
                raise GlossaryError(f"{path.name}, line {number}: {error}") from error


def _entry(row: list[str]) -> Entry:
    if len(row) != len(COLUMNS):
        raise ValueError(f"{len(row)} columns instead of {len(COLUMNS)}: {row!r}")
    if not unicodedata.is_normalized("NFC", "".join(row)):
        raise ValueError(f"not NFC: {row[2]!r}; write composed Hangul syllables")
    english, role, korean, category, tags = row
    entry = Entry(english, Role(role), _split(korean, "|"), _category(category), _split(tags, ","))
    _check(entry)
    return entry


def _category(cell: str) -> Category | None:
    found = next((category for category in CATEGORIES if category == cell), None)
    if found is None and cell != "-":
        raise ValueError(f"unknown category {cell!r}; one of {', '.join(CATEGORIES)} or -")
    return found


def _split(cell: str, separator: str) -> tuple[str, ...]:
    return () if cell == "-" else tuple(part.strip() for part in cell.split(separator))


def _check(entry: Entry) -> None:
    if not entry.english or entry.english != entry.english.strip().lower():
        raise ValueError(f"word {entry.english!r} must be lower case, as in icon names")
    if not entry.korean and entry.role in (Role.NOUN, Role.ADJ, Role.NUM, Role.ICON):
        raise ValueError(f"{entry.role} {entry.english!r} has no Korean")
    if len(entry.tags) > MAX_TAGS:
        raise ValueError(f"{len(entry.tags)} tags on {entry.english!r}; at most {MAX_TAGS}")
    if "" in entry.korean + entry.tags:
        raise ValueError(f"an empty alternate or tag on {entry.english!r}")

"""The glossary: words and phrases, looked up or put together."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from herofactory.glossary.entries import Entry, GlossaryError, Role, read_entries
from herofactory.glossary.naming import IconName, present
from herofactory.glossary.phrase import Phrase, Unit, compose

DATA = Path(__file__).parent / "data"
_WHOLE_ICONS = (Role.ICON, Role.UNNAMED)


@dataclass(frozen=True, slots=True)
class Pair:
    """Words that mean the same: `english` with spaces, `korean` with the primary translation first."""

    english: str
    korean: tuple[str, ...]
    role: Role


class Glossary:
    """Immutable after loading; safe to share between threads."""

    def __init__(self, entries: Iterable[Entry], fingerprint: str = "") -> None:
        #: Changes whenever a data file changes: part of the stamp of everything made from the glossary.
        self.fingerprint = fingerprint
        self._entries: dict[str, tuple[Entry, ...]] = {}
        grouped: defaultdict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            if any(entry.role is other.role for other in grouped[entry.english]):
                raise GlossaryError(f"{entry.english!r} is {entry.role} twice; merge the rows with |")
            grouped[entry.english].append(entry)
        self._entries = {english: tuple(rows) for english, rows in grouped.items()}
        self._longest = max((len(english.split("-")) for english in self._entries), default=0)

    @classmethod
    @cache
    def load(cls) -> Glossary:
        """The glossary shipped with the platform. Raises GlossaryError, naming the row, for bad data."""
        paths = sorted(DATA.glob("*.tsv"))
        digest = hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()
        return cls((entry for path in paths for entry in read_entries(path)), digest[:16])

    def lookup(self, word: str) -> Sequence[Entry]:
        """Meanings of an English word, or of several joined by spaces or hyphens; empty if unknown."""
        return self._entries.get("-".join(word.lower().replace("-", " ").split()), ())

    def pairs(self) -> Iterator[Pair]:
        """Every English word or phrase with its Korean translations, for synonyms and for translating prompts."""
        for english, entries in self._entries.items():
            for entry in entries:
                if entry.korean and entry.role is not Role.NUM:
                    yield Pair(english.replace("-", " "), entry.korean, entry.role)

    def name_icon(self, icon_name: str) -> IconName | None:
        """An honest Korean name of a hyphenated icon name, or None: unknown words, no head noun, must not be named."""
        entries = {entry.role: entry for entry in self._entries.get(icon_name, ())}
        if Role.UNNAMED in entries:
            return None
        known = entries.get(Role.ICON)
        phrase = _named_by(known) if known else self._composed(icon_name)
        return present(icon_name, phrase) if phrase else None

    def _composed(self, icon_name: str) -> Phrase | None:
        units = self._units(icon_name.split("-"))
        if any(entry.role is Role.SKIP for unit in units for entry in unit.entries):
            return None
        return compose(units)

    def _units(self, words: Sequence[str]) -> Sequence[Unit]:
        """`words` cut into the longest sequences the glossary knows, from the left."""
        units, start = [], 0
        while start < len(words):
            unit = self._longest_unit(words, start)
            units.append(unit)
            start += len(unit.english.split("-"))
        return units

    def _longest_unit(self, words: Sequence[str], start: int) -> Unit:
        for end in range(min(len(words), start + self._longest), start, -1):
            english = "-".join(words[start:end])
            entries = tuple(entry for entry in self._entries.get(english, ()) if entry.role not in _WHOLE_ICONS)
            if entries:
                return Unit(english, entries)
        return Unit(words[start], ())


def _named_by(entry: Entry) -> Phrase | None:
    return Phrase(entry.korean[0], entry.category, entry.tags) if entry.category else None

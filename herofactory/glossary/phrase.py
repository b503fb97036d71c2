"""Putting Korean phrases together in the order Korean wants.

English names of icons are a head noun with modifiers before it (`flaming arrow`), sometimes an adjective after it
(`padlock open`), sometimes two phrases joined by a function word (`sword in stone`). What does not fit one of these
shapes has no Korean phrase here: leaving a name out is better than a wrong one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from herofactory.catalog.categories import Category
from herofactory.glossary.entries import Entry, Role
from herofactory.glossary.korean import with_and

MAX_TAGS = 5


@dataclass(frozen=True, slots=True)
class Unit:
    """A word, or a sequence of words the phrase table knows as one, with its possible meanings."""

    english: str
    entries: tuple[Entry, ...]

    def entry(self, *roles: Role) -> Entry | None:
        """The entry with the first of `roles` that this unit has."""
        return next((entry for role in roles for entry in self.entries if entry.role is role), None)

    @property
    def head(self) -> Entry | None:
        noun = self.entry(Role.NOUN)
        return noun if noun and noun.category else None


@dataclass(frozen=True, slots=True)
class Phrase:
    korean: str
    category: Category
    tags: tuple[str, ...]


_JOINERS: Mapping[str, Callable[[str, str], str]] = {
    "of": lambda first, second: f"{second}의 {first}",
    "in": lambda first, second: f"{second} 속 {first}",
    "on": lambda first, second: f"{second} 위의 {first}",
    "and": lambda first, second: f"{with_and(first)} {second}",
}


def compose(units: Sequence[Unit]) -> Phrase | None:
    """The Korean phrase of `units`, or None where its shape is not one that can be put together honestly."""
    units = [unit for unit in units if unit.english != "the"]
    for index, unit in enumerate(units):
        if unit.english in _JOINERS:
            return _joined(unit.english, compose(units[:index]), compose(units[index + 1 :]))
    if units and units[-1].english.isdecimal():
        return _numbered(compose(units[:-1]), int(units[-1].english))
    return _noun_phrase(units)


def _joined(joiner: str, first: Phrase | None, second: Phrase | None) -> Phrase | None:
    if first is None or second is None:
        return None
    return Phrase(_JOINERS[joiner](first.korean, second.korean), first.category, _tags(first.tags, second.tags[:1]))


def _numbered(phrase: Phrase | None, number: int) -> Phrase | None:
    return phrase and Phrase(f"{phrase.korean} {number}", phrase.category, phrase.tags)


def _noun_phrase(units: Sequence[Unit]) -> Phrase | None:
    after = _adjectives_after(units)
    before = units[: len(units) - len(after)]
    head = before[-1].head if before else None
    modifiers = [unit.entry(Role.ADJ, Role.NOUN) for unit in (*after, *before[:-1])]
    if head is None or head.category is None or None in modifiers:
        return None
    words = [entry.korean[0] for entry in (*modifiers, head) if entry]
    return Phrase(" ".join(words), head.category, _tags(head.tags, *(entry.tags[:1] for entry in modifiers if entry)))


def _adjectives_after(units: Sequence[Unit]) -> Sequence[Unit]:
    count = 0
    while count < len(units) and units[-1 - count].head is None and units[-1 - count].entry(Role.ADJ):
        count += 1
    return units[len(units) - count :]


def _tags(*groups: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag for group in groups for tag in group))[:MAX_TAGS]

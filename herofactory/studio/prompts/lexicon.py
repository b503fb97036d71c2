"""The words prompts are translated with: our own tables first, then the game glossary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from herofactory.glossary import Glossary, Pair, Role
from herofactory.studio.prompts.atoms import Atom, atoms
from herofactory.studio.prompts.datafile import rows

FACETS = ("shape", "material", "colour", "mood", "light", "style")
ADJECTIVES = frozenset(("size", "quality", "age", "shape", "colour", "material", "mood", "light", "state"))
_ORDER = {Role.NOUN: 0, Role.ADJ: 0, Role.PART: 3, Role.ICON: 2}
_FOLLOWER = " 괴물"


@dataclass(frozen=True, slots=True)
class Term:
    english: str
    kind: str
    """One of ADJECTIVES, or noun, style, stop, shape-of, style-of, place."""
    category: str | None = None

    @property
    def adjective(self) -> bool:
        return self.kind in ADJECTIVES


@dataclass(frozen=True, slots=True)
class Link:
    """A verb that ties a noun to the one after it; what it is in English depends on the particle between."""

    subject: str
    object: str
    place: str
    means: str
    alone: str

    def words(self, particle: str) -> str:
        """Empty where it cannot be said so. Without a particle it is taken for what it can be."""
        named = {"subject": self.subject, "object": self.object, "place": self.place, "means": self.means}
        choices = [named[particle]] if particle in named else list(named.values())
        return next((each for each in choices if each != "-"), "")


class Lexicon:
    def __init__(self) -> None:
        self.surfaces: dict[str, Term] = {}
        """By the Korean as it is written, and without its spaces."""
        self.nouns: dict[str, Term] = {}
        """Of the surfaces those that are nouns: 새 is new before a word and bird at the end."""
        self.stems: dict[str, Term] = {}
        """By the texts of its atoms, likewise."""
        self.links: dict[str, Link] = {}
        """By both."""
        for korean, term in (*own_terms(), *glossary_terms()):
            self._add(korean, term)
        for korean, *words in rows("links.tsv"):
            for key in (korean, korean.replace(" ", ""), *_keys(korean, True)):
                self.links.setdefault(key, Link(*words))

    def _add(self, korean: str, term: Term) -> None:
        for surface in (korean, korean.replace(" ", "")):
            self.surfaces.setdefault(surface, term)
            if term.kind == "noun":
                self.nouns.setdefault(surface, term)
        # 그려줘 and 그려진 have one stem: only whole words say nothing.
        for stem in () if term.kind == "stop" else _keys(korean, term.adjective):
            self.stems.setdefault(stem, term)

    def __len__(self) -> int:
        """Korean words and phrases."""
        return len({surface.replace(" ", "") for surface in self.surfaces})


def own_terms() -> Iterator[tuple[str, Term]]:
    for english, kind, korean in rows("terms.tsv"):
        name, _, category = kind.partition(" ")
        for each in korean.split("|"):
            yield each, Term(english, name, category or None)


def glossary_terms() -> Iterator[tuple[str, Term]]:
    """Nouns and adjectives before whole icons, singular before plural."""
    pairs = list(Glossary.load().pairs())
    names = {pair.english for pair in pairs}
    for pair in sorted(pairs, key=lambda pair: (_ORDER.get(pair.role, 3), _is_plural(pair.english, names))):
        for korean in pair.korean:
            yield korean, Term(pair.english, "quality" if pair.role is Role.ADJ else "noun", category_of(pair))


@cache
def lexicon() -> Lexicon:
    """Takes some 0.3 s once: 6,000 words go through the analyser."""
    return Lexicon()


def category_of(pair: Pair) -> str | None:
    return next((entry.category for entry in Glossary.load().lookup(pair.english) if entry.category), None)


def _is_plural(english: str, names: set[str]) -> bool:
    return english.removesuffix("s") != english and english.removesuffix("s") in names


def spelled(found: Sequence[Atom]) -> str:
    """The texts of atoms, with a space where one stood between two."""
    pieces = [
        ("" if before is None or atom.start <= before.reach else " ") + atom.text
        for before, atom in pairwise([None, *found])
        if atom is not None
    ]
    return "".join(pieces)


def _keys(korean: str, predicate: bool) -> Sequence[str]:
    """None where the analyser takes the end of a noun for a particle, or a predicate for a noun."""
    found = [atom for atom in atoms(korean + _FOLLOWER if predicate else korean) if atom.start < len(korean)]
    if not found or found[-1].particle or (predicate and found[-1].ending and not found[-1].predicate):
        return ()
    key = spelled(found)
    return key, key.replace(" ", "")

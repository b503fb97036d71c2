"""From a text to its words with their meanings: at each place the longest entry of the lexicon."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from herofactory.studio.prompts.atoms import Atom, Particle, atoms
from herofactory.studio.prompts.lexicon import Lexicon, Link, Term, spelled
from herofactory.studio.prompts.numbers import COUNTERS, number_of

LONGEST = 8
"""Atoms that one entry may take."""
_SWALLOWED: dict[str, Particle] = {
    "이": "subject", "가": "subject", "은": "subject", "는": "subject", "을": "object", "를": "object",
    "과": "and", "와": "and",
}  # fmt: skip
Kind = Literal["term", "link", "number", "counter", "foreign", "unknown"]


@dataclass(frozen=True, slots=True)
class Word:
    """`term` or `link` by kind; `english` is filled for numbers and foreign words too; `korean` as it was typed."""

    kind: Kind
    korean: str
    english: str = ""
    term: Term | None = None
    link: Link | None = None
    particle: Particle = ""
    breaks: bool = False
    goes_on: bool = False
    """A predicate to which another one is joined: 검을 들고 방패를 든."""


def read(text: str, lexicon: Lexicon) -> list[Word]:
    """`text` is NFC and folded."""
    return list(_Reader(text, lexicon).words())


class _Reader:
    def __init__(self, text: str, lexicon: Lexicon) -> None:
        self._text = text
        self._lexicon = lexicon
        self._atoms = _whole(atoms(text), lexicon)

    def words(self) -> Iterator[Word]:
        at, last = 0, None
        while at < len(self._atoms):
            word, at = self._next(at, last)
            # 금화가 가득 찬: what says nothing of its own stands between nothing.
            last = last if word.term is not None and word.term.kind == "stop" else word
            yield word

    def _next(self, at: int, last: Word | None) -> tuple[Word, int]:
        atom = self._atoms[at]
        if last is not None and last.kind == "number" and atom.text in COUNTERS:
            return self._word("counter", at, at + 1), at + 1
        term, end = self._longest(at)
        link = self._link(at, end, last, term)
        if link and end > at + 1:
            return self._word("link", at, end, link=link), end
        if link:
            return self._word("link", at, at + 1, link=link), at + 1
        number = number_of(atom.text, atom.tag)
        if number is not None and end <= at + 1:
            return self._word("number", at, at + 1, english=str(number)), at + 1
        if term is not None:
            term = self._as_noun(at, end, term)
            return self._word("term", at, end, english=term.english, term=term), end
        if atom.tag == "SL":
            return self._word("foreign", at, at + 1, english=atom.text), at + 1
        return self._unknown(at)

    def _as_noun(self, at: int, end: int, term: Term) -> Term:
        """An adjective with nothing behind it is no adjective."""
        last = self._atoms[end - 1]
        if not term.adjective or not (end == len(self._atoms) or last.particle or last.breaks):
            return term
        return self._lexicon.nouns.get(self._text[self._atoms[at].start : last.end], term)

    def _link(self, at: int, end: int, last: Word | None, term: Term | None) -> Link | None:
        """A verb that ties what stands before it, alone or as the whole of what was found (가득 찬)."""
        links, atom = self._lexicon.links, self._atoms[at]
        if end > at + 1:
            return links.get(self._text[atom.start : self._atoms[end - 1].reach]) if _ties(last) else None
        link = links.get(self._text[atom.start : atom.reach]) or (links.get(atom.text) if atom.predicate else None)
        if link is None or (term is not None and term.kind == "stop"):
            return None
        return link if _ties(last) or (term is None and atom.predicate) else None

    def _unknown(self, at: int) -> tuple[Word, int]:
        """What follows without a space belongs to the same unknown word. Names swallow particles: 용이 is 용 and 이."""
        atom = self._atoms[at]
        term = self._lexicon.surfaces.get(atom.text[:-1])
        if term is not None and atom.text[-1] in _SWALLOWED:
            word = self._word("term", at, at + 1, english=term.english, term=term)
            return replace(word, particle=_SWALLOWED[atom.text[-1]]), at + 1
        compound = self._split(atom.text)
        if compound is not None:
            return self._word("term", at, at + 1, english=compound.english, term=compound), at + 1
        end = at + 1
        while end < len(self._atoms) and self._continues(end):
            end += 1
        return self._word("unknown", at, end), end

    def _split(self, text: str) -> Term | None:
        """독사과 is 독 and 사과. The second part has two syllables at least: too many words end in a short one."""
        for at in range(1, len(text) - 1):
            first, second = self._lexicon.surfaces.get(text[:at]), self._lexicon.surfaces.get(text[at:])
            if first and second and second.kind == "noun" and (first.adjective or first.kind == "noun"):
                return replace(second, english=f"{first.english} {second.english}")
        return None

    def _continues(self, at: int) -> bool:
        before, atom = self._atoms[at - 1], self._atoms[at]
        return atom.start == before.end and before.reach == before.end and self._longest(at)[0] is None

    def _longest(self, at: int) -> tuple[Term | None, int]:
        first = self._atoms[at]
        for end in range(min(len(self._atoms), at + LONGEST), at, -1):
            taken = self._atoms[at:end]
            if any(atom.breaks for atom in taken[:-1]):
                continue
            term = self._surface(first.start, taken[-1]) or self._stem(taken)
            if term:
                return term, end
        return None, at

    def _surface(self, start: int, last: Atom) -> Term | None:
        surfaces = self._lexicon.surfaces
        return surfaces.get(self._text[start : last.reach]) or surfaces.get(self._text[start : last.end])

    def _stem(self, taken: Sequence[Atom]) -> Term | None:
        if any(atom.particle for atom in taken[:-1]) and not taken[-1].predicate:
            return None
        return self._lexicon.stems.get(spelled(taken))

    def _word(
        self, kind: Kind, at: int, end: int, *, english: str = "", term: Term | None = None, link: Link | None = None
    ) -> Word:
        last = self._atoms[end - 1]
        korean = self._text[self._atoms[at].start : last.reach if last.predicate else last.end]
        goes_on = last.ending == "EC"
        return Word(kind, korean, english, term, link, last.particle, last.breaks, goes_on)


def _ties(last: Word | None) -> bool:
    """Whether there is something before a verb that it can tie: 연기가 나는, but not 나는 새."""
    if last is None or last.breaks:
        return False
    noun = last.kind in ("foreign", "unknown") or (last.term is not None and last.term.kind in ("noun", "place"))
    return noun and last.particle not in ("and", "of")


def _whole(found: Sequence[Atom], lexicon: Lexicon) -> list[Atom]:
    """Compounds are taken apart only where all their parts are known: half a word misleads."""
    kept: list[Atom] = []
    at = 0
    while at < len(found):
        parts = [atom for atom in found[at : at + LONGEST] if atom.word == found[at].word]
        at += len(parts)
        known = all(part.text in lexicon.stems or part.text in lexicon.surfaces for part in parts)
        kept += parts if known or len(parts) == 1 or parts[-1].predicate else [_together(parts)]
    return kept


def _together(parts: Sequence[Atom]) -> Atom:
    first, last = parts[0], parts[-1]
    text = "".join(part.text for part in parts)
    return Atom(text, last.tag, first.start, last.end, last.reach, first.word, last.particle, last.ending, last.breaks)

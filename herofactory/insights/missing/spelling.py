"""Slips of one term: what the fold cannot know, because it takes knowing which spelling is the usual one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from herofactory.insights.missing.rules import CLEARLY_MORE, SLIP_LETTERS, SLIP_SYLLABLES
from herofactory.search.correction import distance
from herofactory.search.hangul import decompose
from herofactory.search.keyboard import to_hangul

_LONGEST = 60
"""Characters: nobody mistypes a name that long, and each letter of it costs room."""


@dataclass(frozen=True, slots=True)
class Written:
    """A term that finds nothing, and how it is written."""

    people: int
    forms: frozenset[str] = frozenset()


def compact(form: str) -> str:
    return "".join(form.split())


def heads(vain: Mapping[str, Written], known: Mapping[str, int]) -> dict[str, str]:
    """Terms of `vain` that are another term written differently, to that term.

    `known`: people per term, of all terms, `vain` among them. Only what finds nothing is ever a slip of something: what
    finds something means what it says.
    """
    same = _Same(vain, known)
    found = dict(same.heads)
    for term, head in _near(vain, known, found):
        if same.head(head) != term:
            found[term] = same.head(head)
    return {term: _end(found, head) for term, head in found.items()}


class _Same:
    """Terms that somebody wrote the same way but for spaces, or with the other keyboard layout."""

    def __init__(self, vain: Mapping[str, Written], known: Mapping[str, int]) -> None:
        self.heads: dict[str, str] = {}
        owners: dict[str, str] = dict.fromkeys(known, "")
        # The most used spelling first: it is the one that others are merged into.
        for term in sorted(known, key=lambda term: (-known[term], term)):
            owners[term] = owners[term] or term
            for text in _texts(term, vain.get(term)):
                owners.setdefault(text, term)
        for term, written in vain.items():
            usual = self._usual(term, written, owners)
            if usual != term and (known[usual], usual) > (known.get(term, 0), term):
                self.heads[term] = usual

    def head(self, term: str) -> str:
        return self.heads.get(term, term)

    def _usual(self, term: str, written: Written, owners: Mapping[str, str]) -> str:
        for text in sorted(_texts(term, written)):
            if (owner := owners.get(text, term)) != term:
                return owner
        switched = to_hangul(term)
        return owners.get(compact(switched), term) if switched else term


def _texts(term: str, written: Written | None) -> set[str]:
    return {term, *map(compact, written.forms)} if written else {term}


def _near(vain: Mapping[str, Written], known: Mapping[str, int], found: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """A term and the most used one that it is a slip of."""
    index: defaultdict[str, set[str]] = defaultdict(set)
    spelt = {term: _texts(term, written) for term, written in vain.items() if term not in found}
    for term, texts in spelt.items():
        for text in texts:
            for key in _keys(text):
                index[key].add(term)
    best: dict[str, tuple[int, str]] = {}
    for head, people in known.items():
        if people < CLEARLY_MORE or head in found:
            continue
        for text in _texts(head, vain.get(head)):
            for term in set().union(*(index.get(key, ()) for key in _keys(text))):
                enough = people >= CLEARLY_MORE * vain[term].people
                if enough and term != head and any(_slip(each, text) for each in spelt[term]):
                    best[term] = max(best.get(term, (0, "")), (people, head))
    return ((term, head) for term, (_, head) in best.items())


def _keys(text: str) -> Iterable[str]:
    """Two texts that are one letter or syllable apart share one."""
    if len(text) > _LONGEST:
        return ()
    return {*_shortened(decompose(text)), *_shortened(text)}


def _shortened(text: str) -> Iterator[str]:
    yield text
    yield from (text[:at] + text[at + 1 :] for at in range(len(text)))


def _slip(text: str, meant: str) -> bool:
    typed, letters = decompose(text), decompose(meant)
    if min(len(typed), len(letters)) >= SLIP_LETTERS and distance(typed, letters, 1) <= 1:
        return True
    return len(meant) >= SLIP_SYLLABLES and text in _slips(meant)


def _slips(meant: str) -> Iterator[str]:
    for at in range(len(meant) - 1):
        yield meant[:at] + meant[at + 1] + meant[at] + meant[at + 2 :]
        yield meant[:at] + meant[at + 1 :]


def _end(heads: Mapping[str, str], head: str) -> str:
    """A slip of a slip belongs to what both mean."""
    seen = {head}
    while head in heads and heads[head] not in seen:
        head = heads[head]
        seen.add(head)
    return head

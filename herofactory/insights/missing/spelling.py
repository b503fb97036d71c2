"""Slips of one term: what the fold cannot know, because it takes knowing which spelling is the usual one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass

from herofactory.insights.missing.rules import CLEARLY_MORE, SLIP_LETTERS, SLIP_SYLLABLES, SWAP_SYLLABLES
from herofactory.search.correction import distance
from herofactory.search.hangul import decompose
from herofactory.search.keyboard import to_hangul

_LONGEST = 60
"""Characters: nobody mistypes a name that long, and each letter of it costs room."""


@dataclass(frozen=True, slots=True)
class Written:
    """A term: how many write it, and how."""

    people: int
    forms: frozenset[str] = frozenset()


def compact(form: str) -> str:
    return "".join(form.split())


def heads(vain: Set[str], known: Mapping[str, Written]) -> dict[str, str]:
    """Terms of `vain` that are another term written differently, to that term.

    `known`: all terms, `vain` among them, which find nothing. What finds something means what it says, and is never a
    slip.
    """
    same = _same(vain, known)
    near = {term: same.get(head, head) for term, head in _near(vain - same.keys(), known, same.keys()).items()}
    found = {**same, **{term: head for term, head in near.items() if term != head}}
    return {term: _end(found, head) for term, head in found.items()}


def _same(vain: Set[str], known: Mapping[str, Written]) -> dict[str, str]:
    """Terms that somebody wrote like another one but for spaces, or with the other keyboard layout."""
    # The most used first: it is the one that others are merged into.
    ranked = {term: rank for rank, term in enumerate(sorted(known, key=lambda term: (-known[term].people, term)))}
    owners: dict[str, str] = {}
    for term in ranked:
        for text in _texts(term, known[term]):
            owners.setdefault(text, term)
    found: dict[str, str] = {}
    for term in vain:
        texts = {*_texts(term, known[term]), compact(to_hangul(term) or term)}
        usual = min((owners.get(text, term) for text in texts), key=ranked.__getitem__)
        if usual != term:
            found[term] = usual
    return found


def _texts(term: str, written: Written) -> set[str]:
    return {term, *map(compact, written.forms)}


def _near(vain: Set[str], known: Mapping[str, Written], merged: Set[str]) -> dict[str, str]:
    """The most used term that each is a slip of."""
    index: defaultdict[str, set[str]] = defaultdict(set)
    spelt = {term: _texts(term, known[term]) for term in vain}
    for term, texts in spelt.items():
        for key in {key for text in texts for key in _keys(text)}:
            index[key].add(term)
    best: dict[str, tuple[int, str]] = {}
    for head, written in known.items():
        if written.people < CLEARLY_MORE or head in merged:
            continue
        for text in _texts(head, written):
            for term in {term for key in _keys(text) for term in index.get(key, ())} - {head}:
                enough = written.people >= CLEARLY_MORE * known[term].people
                if enough and any(_slip(each, text) for each in spelt[term]):
                    best[term] = max(best.get(term, (0, "")), (written.people, head))
    return {term: head for term, (_, head) in best.items()}


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
    return len(meant) >= SWAP_SYLLABLES and text in _slips(meant)


def _slips(meant: str) -> Iterator[str]:
    for at in range(len(meant) - 1):
        yield meant[:at] + meant[at + 1] + meant[at] + meant[at + 2 :]
        if at and len(meant) >= SLIP_SYLLABLES:
            yield meant[:at] + meant[at + 1 :]


def _end(heads: Mapping[str, str], head: str) -> str:
    """A slip of a slip belongs to what both mean."""
    seen = {head}
    while head in heads and heads[head] not in seen:
        head = heads[head]
        seen.add(head)
    return head

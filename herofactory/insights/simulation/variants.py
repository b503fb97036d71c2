"""How people write one thing: without its spaces, with a particle, with a slip."""

from __future__ import annotations

from random import Random

EXACT = 0.84
SPACING = 0.91
PARTICLE = 0.95
"""Running shares of ways to write; the rest are slips."""
_LAST_SYLLABLE, _FIRST_SYLLABLE, _FINALS = 0xD7A3, 0xAC00, 28


def variants(term: str) -> frozenset[str]:
    """Spellings that mean `term` and only that, itself among them; slips are not."""
    spellings = {term, with_particle(term)}
    if " " in term:
        spellings.add(term.replace(" ", ""))
    return frozenset(spellings)


def with_particle(term: str) -> str:
    """The object particle, as its last syllable wants it; a term that does not end in Hangul stays as it is."""
    last = ord(term[-1])
    if not _FIRST_SYLLABLE <= last <= _LAST_SYLLABLE:
        return term
    return term + ("을" if (last - _FIRST_SYLLABLE) % _FINALS else "를")


def slip(term: str, rng: Random) -> str:
    """Two neighbouring characters swapped, or one left out; too short for that: as it is."""
    if len(term) < 3:
        return term
    at = rng.randrange(len(term) - 1)
    swapped = rng.random() < 0.5
    slipped = term[:at] + (term[at + 1] + term[at] + term[at + 2 :] if swapped else term[at + 1 :])
    return " ".join(slipped.split())  # as the edge writes what is typed: no space at an end, none twice


def written(term: str, rng: Random) -> tuple[str, bool]:
    """The term as somebody types it, and whether that still means it."""
    draw = rng.random()
    if draw < EXACT:
        return term, True
    if draw < SPACING:
        return term.replace(" ", ""), True
    if draw < PARTICLE:
        return with_particle(term), True
    slipped = slip(term, rng)
    return slipped, slipped in variants(term)

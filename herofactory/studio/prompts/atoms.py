"""A Korean text cut into what carries meaning, with the particles and endings taken off and remembered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from herofactory.search.analysis.morpheme import Mecab, Morpheme
from herofactory.search.analysis.user_dictionary import UserDictionary, user_dictionary

Particle = Literal["", "subject", "object", "place", "means", "like", "of", "and"]
STEM = "~"
"""Ends the text of a predicate, so that 검은 (black) and 검 (sword) are told apart."""
_PARTICLES: dict[str, Particle] = {
    "JKS": "subject", "JKC": "subject", "JX": "subject", "JKO": "object", "JKB": "place", "JKG": "of", "JC": "and",
    "MAJ": "and",
}  # fmt: skip
_MEANS = frozenset(("로", "으로", "로써", "으로써"))
_TOGETHER = frozenset(("와", "과", "랑", "이랑", "하고"))
_LIKE = frozenset(("처럼", "같이"))
_BREAKS = frozenset(",.;:/+&|·、…!?")
_EXPRESSION, _TYPE, _TAG = 7, 4, 0


@dataclass(slots=True)
class Atom:
    """`start`..`end` in the text without, `..reach` with what was taken off behind it."""

    text: str
    tag: str
    start: int
    end: int
    reach: int
    word: tuple[int, int]
    """Where the morpheme stands whose part it is."""
    particle: Particle = ""
    ending: str = ""
    """Tag of the last ending: ETM before a noun, EC within, EF at the end of a sentence."""
    breaks: bool = False
    """A comma or the like follows."""

    @property
    def predicate(self) -> bool:
        return self.text.endswith(STEM)


def atoms(text: str) -> Sequence[Atom]:
    """`text` is NFC and folded (`search.analysis.normalize`)."""
    rules, engine = _engine()
    found: list[Atom] = []
    for morpheme in rules.morphemes(text, engine):
        for form, tag, start, end in _parts(morpheme):
            _take(found, form, tag, (start, end), (morpheme.start, morpheme.end))
    return found


def _take(found: list[Atom], form: str, tag: str, span: tuple[int, int], word: tuple[int, int]) -> None:
    last = found[-1] if found else None
    if tag in _PARTICLES:
        _note_particle(last, form, tag, span[1])
    elif tag[0] == "E" or tag in ("VX", "VCP") or (tag == "XSN" and form == "들") or _is_aspect(last, form, tag):
        _note_ending(last, tag, span[1])
    elif tag[0] == "S" and tag not in ("SL", "SN", "SH"):
        if last is not None and form[0] in _BREAKS:
            last.breaks = True
    elif tag in ("XSA", "XSV") and last is not None and last.end == span[0]:
        last.text, last.end, last.reach = last.text.rstrip(STEM) + form + STEM, span[1], span[1]
    else:
        predicate = tag[0] == "V" or tag in ("XSA", "XSV")
        found.append(Atom(form + STEM if predicate else form, tag, *span, span[1], word))


def _is_aspect(last: Atom | None, form: str, tag: str) -> bool:
    """있는 in 들고 있는: says of the verb before it that it goes on."""
    return last is not None and last.ending == "EC" and form == "있" and tag[0] == "V"


def _note_particle(last: Atom | None, form: str, tag: str, end: int) -> None:
    if last is None:
        return
    particle = _PARTICLES[tag]
    if tag == "JKB":
        particle = _of_place(form)
    # 위에는: the first of several says what it is.
    last.particle, last.reach = last.particle or particle, end


def _of_place(form: str) -> Particle:
    if form in _LIKE:
        return "like"
    return "means" if form in _MEANS else "and" if form in _TOGETHER else "place"


def _note_ending(last: Atom | None, tag: str, end: int) -> None:
    if last is not None:
        last.ending, last.reach = tag, end


def _parts(morpheme: Morpheme) -> Iterator[tuple[str, str, int, int]]:
    feature, start, end = morpheme.feature, morpheme.start, morpheme.end
    expression = feature[_EXPRESSION] if len(feature) > _EXPRESSION else "*"
    if expression == "*":
        yield morpheme.surface, feature[_TAG].partition("+")[0], start, end
        return
    pieces = [each.split("/") for each in expression.split("+")]
    compound = feature[_TYPE] == "Compound" and "".join(each[0] for each in pieces) == morpheme.surface
    for form, tag, *_ in pieces:
        stop = start + len(form) if compound else end
        if form and tag:
            yield form, tag, start, stop
        start = stop if compound else start


@cache
def _engine() -> tuple[UserDictionary, Mecab]:
    return user_dictionary(), Mecab()

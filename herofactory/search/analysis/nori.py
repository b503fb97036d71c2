"""What nori makes of MeCab's morphemes: decompound `discard`, its default stop tags, readings of hanja, lower case.

Written from Lucene 10's documented behaviour; tests/herofactory/search/analysis holds it to Lucene's own output.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import resources

from herofactory.search.analysis.morpheme import Morpheme
from herofactory.search.analysis.token import Token

# KoreanPartOfSpeechStopFilter.DEFAULT_STOP_TAGS. Lucene 10 refuses the old group names E and J.
_STOPPED = """EP EF EC ETN ETM IC JKS JKC JKG JKO JKB JKV JKQ JX JC MAG MAJ MM SP SSC SSO SC SE XPN XSA XSN XSV UNA
NA VSV"""
STOP_TAGS = frozenset(_STOPPED.split())
_DECOMPOUNDED = frozenset({"Compound", "Inflect", "Preanalysis"})
# Character.getType values that KoreanTokenizer.isPunctuation names; U+318D is the Korean middle dot.
_CATEGORIES = "Zs Zl Zp Cc Cf Pd Ps Pe Pc Po Sm Sc Sk So Pi Pf"
_PUNCTUATION = frozenset(_CATEGORIES.split())
_TAG, _READING, _TYPE, _EXPRESSION = 0, 3, 4, 7


@cache
def is_punctuation(char: str) -> bool:
    return unicodedata.category(char) in _PUNCTUATION or char == "\u318d"


def tokens(morphemes: Iterable[Morpheme]) -> Iterator[Token]:
    position = -1
    for morpheme in morphemes:
        if is_punctuation(morpheme.surface[0]):
            continue  # discardPunctuation: takes no position either
        for term, tag, start, end in _parts(morpheme):
            position += 1
            if tag not in STOP_TAGS:
                yield Token(term.lower(), start, end, position)


def _parts(morpheme: Morpheme) -> Iterator[tuple[str, str, int, int]]:
    """(term, tag, start, end) of the pieces that `discard` leaves; parts of a compound get their own offsets."""
    feature = morpheme.feature
    known = len(feature) > _EXPRESSION
    expression = _expression(morpheme) if known else "*"
    if expression != "*":
        yield from _decompounded(morpheme, expression)
        return
    reading = feature[_READING] if known else "*"
    term = morpheme.surface if reading in ("*", "") else reading
    yield term, feature[_TAG].partition("+")[0], morpheme.start, morpheme.end


def _decompounded(morpheme: Morpheme, expression: str) -> Iterator[tuple[str, str, int, int]]:
    start = morpheme.start
    compound = morpheme.feature[_TYPE] == "Compound"
    for part in expression.split("+"):
        term, _, rest = part.partition("/")
        tag = rest.partition("/")[0]
        if compound:
            yield term, tag, start, start + len(term)
            start += len(term)
        elif term:
            yield term, tag, morpheme.start, morpheme.end


def _expression(morpheme: Morpheme) -> str:
    feature = morpheme.feature
    if feature[_TYPE] in _DECOMPOUNDED:
        return feature[_EXPRESSION]
    return _equal_cost().get((morpheme.surface, feature[_TAG]), "*")


@cache
def _equal_cost() -> Mapping[tuple[str, str], str]:
    """Rows that MeCab and nori choose differently, because the dictionary gives both the same cost."""
    text = (resources.files("herofactory.search") / "data" / "equal_cost.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {(surface, tag): expression for surface, tag, expression in rows}

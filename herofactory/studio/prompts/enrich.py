"""What a prompt gets beyond the wish: words that fit its subject, and what is not wanted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from herofactory.glossary import Glossary
from herofactory.platform.events.studio import Keyword
from herofactory.studio.prompts.datafile import rows
from herofactory.studio.prompts.lexicon import FACETS

PER_FACET = 3
ANYTHING = "*"
_WORD = re.compile(r"[a-z][a-z'-]*")
_FRAMES: Mapping[str | None, str] = {
    "character": "single game character, full figure, centered, clean silhouette",
    "background": "game background scene, wide view, layered depth",
    "ui": "game user interface icon, centered, bold readable shape",
    "effect": "game effect icon, centered, strong contrast",
    None: "single game item icon, centered, clean silhouette",
}
NEGATIVE = "text, watermark, signature, blurry, low quality, jpeg artifacts, cropped, out of frame"
_NEGATIVES: Mapping[str | None, str] = {
    "character": "extra limbs, deformed hands, bad anatomy, multiple characters",
    "background": "user interface, frame, border",
    None: "multiple objects, cluttered background, hands",
}
_SCREENED = ("light", "mood")
"""Facets of which the best fitting word joins the prompt, where it fits the subject's element."""


@dataclass(frozen=True, slots=True)
class Enriched:
    english: str
    negative: str
    keywords: tuple[Keyword, ...]


def enrich(subject: str, category: str | None, without: Iterable[str] = ()) -> Enriched:
    """The same for the same subject. `without` goes to the negative prompt."""
    has = elements_of(subject)
    said = set(_WORD.findall(subject.lower()))
    chosen = [word for facet in FACETS for word in _fitting(facet, category, has, said)]
    added = [word.english for facet in _SCREENED for word in _first(facet, chosen, has)]
    english = ", ".join([subject, *added, _FRAMES.get(category, _FRAMES[None])])
    unwanted = [*without, _NEGATIVES.get(category, _NEGATIVES[None]), NEGATIVE]
    told = tuple(word for word in chosen if word.english not in added)
    return Enriched(english, ", ".join(unwanted), told)


def elements_of(english: str) -> frozenset[str]:
    """What the subject is about: fire, ice, holy ..."""
    said = set(_WORD.findall(english.lower()))
    return frozenset(element for element, words in _elements().items() if words & said)


def category_of(english: str) -> str | None:
    """Of an English phrase: its last noun before a preposition, as far as the glossary knows it."""
    before = re.split(r"[,.;]| (?:of|with|in|on|wearing|holding|from|for) ", english.lower(), maxsplit=1)[0]
    for word in reversed(_WORD.findall(before)):
        for entry in Glossary.load().lookup(word) or Glossary.load().lookup(word.removesuffix("s")):
            if entry.category:
                return str(entry.category)
    return None


def _fitting(facet: str, category: str | None, has: frozenset[str], said: set[str]) -> list[Keyword]:
    scored = []
    for number, (keyword, fits) in enumerate(_keywords()):
        score = 3 * len(fits & has) + 2 * (category in fits) + (ANYTHING in fits)
        if keyword.category == facet and score and not said.issuperset(keyword.english.lower().split()):
            scored.append((-score, number, keyword))
    return [keyword for _, _, keyword in sorted(scored, key=lambda each: each[:2])[:PER_FACET]]


def _first(facet: str, chosen: Iterable[Keyword], has: frozenset[str]) -> list[Keyword]:
    fits = dict(_keywords())
    return [word for word in chosen if word.category == facet and fits[word] & has][:1]


@cache
def _keywords() -> tuple[tuple[Keyword, frozenset[str]], ...]:
    return tuple(
        (Keyword(facet, korean, english), frozenset(fits.split(",")))
        for facet, korean, english, fits in rows("keywords.tsv")
    )


@cache
def _elements() -> Mapping[str, frozenset[str]]:
    return {element: frozenset(words.split()) for element, words in rows("elements.tsv")}

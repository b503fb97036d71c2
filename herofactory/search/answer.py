"""How a search is answered, whatever the engine: plan, find, correct, suggest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from herofactory.search.completion import Lexicon, begun, completions
from herofactory.search.correction import Corrector, NearWords
from herofactory.search.page import Facets, Hit, SearchPage
from herofactory.search.plan import Plan, Planner, parts_of
from herofactory.search.query import DEEPEST, SearchQuery

_SUGGESTIONS = 5


class Asked(NamedTuple):
    """A text and its plan; None browses. A plan without groups finds nothing, and no engine is asked."""

    text: str
    plan: Plan | None


class Found(NamedTuple):
    total: int
    hits: tuple[Hit, ...] = ()
    facets: Facets = Facets()


class Engine(NearWords, Lexicon, Protocol):
    """What an index is asked for. All calls of one answer may go to one view of it."""

    def find(self, asked: Asked, wanted: SearchQuery) -> Found:
        """What passes the filters of `wanted`, one page of it; its text is `asked`'s."""

    def finding(self, asked: Sequence[Asked]) -> Sequence[bool]:
        """Whether each finds anything at all, without filters."""


class Answerer:
    def __init__(self, planner: Planner | None = None) -> None:
        self._planner = planner or Planner()

    def search(self, engine: Engine, query: SearchQuery) -> SearchPage:
        asked = self._asked(query.text)
        found = _find(engine, asked, query)
        corrected = None
        if found.total == 0 and asked.plan is not None:
            corrected, found = self._corrected(engine, query, asked, found)
        return SearchPage(
            total=found.total,
            hits=found.hits,
            facets=found.facets,
            suggestions=self._suggestions(engine, asked, corrected, found),
            corrected_to=corrected,
            next_offset=_next_offset(query, len(found.hits), found.total),
        )

    def suggest(self, engine: Engine, prefix: str, limit: int) -> Sequence[str]:
        offered = completions(engine, prefix, limit)
        if len(offered) < limit:
            known = [word for word in begun(self._planner.vocabulary, prefix) if word not in offered]
            offered += self._that_find(engine, known)
        return offered[:limit]

    def _asked(self, text: str) -> Asked:
        return Asked(text, self._planner.plan(text) if text.strip() else None)

    def _corrected(self, engine: Engine, wanted: SearchQuery, asked: Asked, found: Found) -> tuple[str | None, Found]:
        """Another spelling and what it finds; as it was if the text itself finds something without the filters."""
        if _finding(engine, [asked])[0]:
            return None, found
        for text in self._corrector(engine, self._planner.vocabulary).spellings(asked.text):
            other = _find(engine, self._asked(text), wanted)
            if other.total:
                return text, other
        return None, found

    def _suggestions(self, engine: Engine, asked: Asked, corrected: str | None, found: Found) -> tuple[str, ...]:
        """Words like the text where it found nothing or was corrected, and parts of it that do find something.

        Else nothing: `suggest` is for typing.
        """
        if asked.plan is None or (found.total and corrected is None):
            return ()
        like = self._corrector(engine).near(asked.text, _SUGGESTIONS)
        parts = () if found.total else [part for part in parts_of(asked.text, asked.plan) if part not in like]
        return (*like, *self._that_find(engine, parts))[:_SUGGESTIONS]

    def _that_find(self, engine: Engine, texts: Sequence[str]) -> tuple[str, ...]:
        found = _finding(engine, [self._asked(text) for text in texts])
        return tuple(text for text, finds in zip(texts, found, strict=True) if finds)

    def _corrector(self, engine: Engine, vocabulary: Sequence[str] = ()) -> Corrector:
        return Corrector(self._planner.analyzer, engine, vocabulary)


def _find(engine: Engine, asked: Asked, wanted: SearchQuery) -> Found:
    if asked.plan is not None and not asked.plan.groups:
        return Found(0)
    return engine.find(asked, wanted)


def _finding(engine: Engine, asked: Sequence[Asked]) -> list[bool]:
    possible = [each for each in asked if each.plan is None or each.plan.groups]
    answers = iter(engine.finding(possible) if possible else ())
    return [next(answers) if each in possible else False for each in asked]


def _next_offset(query: SearchQuery, shown: int, total: int) -> int | None:
    after = query.offset + shown
    return after if shown and after < total and after + query.limit <= DEEPEST else None

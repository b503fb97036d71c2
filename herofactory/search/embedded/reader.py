from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import tantivy
from tantivy import Query

from herofactory.search.embedded import generation
from herofactory.search.embedded.correction import Corrector
from herofactory.search.embedded.facets import facets
from herofactory.search.embedded.opened import OpenGeneration, document_of
from herofactory.search.embedded.suggest import begun, completions
from herofactory.search.embedded.top import Scored, top
from herofactory.search.errors import IndexDamaged, IndexMissing
from herofactory.search.highlight import Range, ranges
from herofactory.search.page import Facets, Hit, SearchPage
from herofactory.search.plan import Plan, Planner, parts_of
from herofactory.search.port import Stored
from herofactory.search.query import DEEPEST, SearchQuery

_SUGGESTIONS = 5


class _Found(NamedTuple):
    query: Query
    plan: Plan
    total: int
    hits: list[Scored]


class IndexReader:
    """Reads the generation that `<root>/current` names, and follows when that moves. Thread-safe."""

    def __init__(self, root: Path, planner: Planner | None = None) -> None:
        self._root = root
        self._planner = planner or Planner()
        self._lock = threading.Lock()
        self._pointer: tuple[int, int] | None = None
        self._open: OpenGeneration | None = None

    def refresh(self) -> None:
        """Raises IndexMissing before the first generation, StampMismatch for another version's."""
        self._refreshed()

    def search(self, query: SearchQuery) -> SearchPage:
        opened = self._refreshed()
        searcher = opened.searcher()
        found = self._find(opened, searcher, query, query.text)
        corrected = None
        if found.total == 0 and not query.browses:
            corrected, found = self._corrected(opened, searcher, query, found)
        return SearchPage(
            total=found.total,
            hits=tuple(_hit(searcher, score, address, found.plan) for score, address in found.hits),
            facets=_facets(opened, searcher, query, found),
            suggestions=self._suggestions(opened, searcher, query, corrected, found),
            corrected_to=corrected,
            next_offset=_next_offset(query, len(found.hits), found.total),
        )

    def suggest(self, prefix: str, limit: int = 10) -> Sequence[str]:
        opened = self._refreshed()
        searcher = opened.searcher()
        offered = completions(searcher, opened.queries.everything(), prefix, limit)
        if len(offered) < limit:
            known = begun(self._planner.vocabulary, prefix)
            offered += tuple(word for word in known if word not in offered and self._finds(opened, searcher, word))
        return offered[:limit]

    def stored(self, id: str) -> Stored | None:
        opened = self._opened()
        return opened.stored(opened.searcher(), id)

    def count(self) -> int:
        opened = self._opened()
        return _count(opened.searcher(), opened.queries.everything())

    def close(self) -> None:
        with self._lock:
            if self._open is not None:
                self._open.close()
            self._open = self._pointer = None

    def _refreshed(self) -> OpenGeneration:
        opened = self._opened()
        try:
            opened.reload()
        except (OSError, ValueError):
            # A rebuild took the generation away between the two lines; if the pointer has not moved, it is damaged.
            if self._opened() is opened:
                raise
            return self._refreshed()
        return opened

    def _opened(self) -> OpenGeneration:
        """The current generation, opened anew when the pointer moved."""
        if self._open is not None and generation.pointer_state(self._root) == self._pointer:
            return self._open
        with self._lock:
            return self._follow()

    def _follow(self) -> OpenGeneration:
        for _ in range(10):  # a rebuild may finish, and remove what we read in the pointer, while we open it
            pointer = generation.pointer_state(self._root)
            path = generation.current(self._root)
            if path is None:
                break
            if self._open is not None and self._open.path == path:
                self._pointer = pointer
                return self._open
            try:
                fresh = OpenGeneration(path)
            except (IndexMissing, IndexDamaged):
                if generation.pointer_state(self._root) == pointer and path.exists():
                    raise
                continue
            if self._open is not None:
                self._open.close()
            self._open, self._pointer = fresh, pointer
            return fresh
        raise IndexMissing(f"There is no search index in {self._root} yet; the indexing agent makes it.")

    def _find(self, opened: OpenGeneration, searcher: tantivy.Searcher, wanted: SearchQuery, text: str) -> _Found:
        if wanted.browses:
            plan, matching = Plan(), opened.queries.everything()
        else:
            plan = self._planner.plan(text)
            matching = opened.queries.matching(plan, text) if plan.groups else Query.empty_query()
        query = opened.queries.filtered(matching, wanted)
        if not plan.groups and not wanted.browses:
            return _Found(query, plan, 0, [])
        total, hits = top(searcher, query, wanted)
        return _Found(query, plan, total, hits)

    def _corrected(
        self, opened: OpenGeneration, searcher: tantivy.Searcher, wanted: SearchQuery, found: _Found
    ) -> tuple[str | None, _Found]:
        """Another spelling and what it finds; as it was if the text itself finds something without the filters."""
        if found.plan.groups and _count(searcher, opened.queries.matching(found.plan, wanted.text)):
            return None, found
        for text in self._corrector(opened, searcher).spellings(wanted.text):
            other = self._find(opened, searcher, wanted, text)
            if other.total:
                return text, other
        return None, found

    def _suggestions(
        self,
        opened: OpenGeneration,
        searcher: tantivy.Searcher,
        wanted: SearchQuery,
        corrected: str | None,
        found: _Found,
    ) -> tuple[str, ...]:
        """Words like the text where it found nothing or was corrected, and parts of it that do find something.

        Else nothing: `suggest` is for typing.
        """
        if wanted.browses or (found.total and corrected is None):
            return ()
        like = Corrector(self._planner.analyzer, opened.queries, searcher).near(wanted.text, _SUGGESTIONS)
        parts = () if found.total else (part for part in parts_of(wanted.text, found.plan) if part not in like)
        finding = [part for part in parts if self._finds(opened, searcher, part)]
        return (*like, *finding)[:_SUGGESTIONS]

    def _finds(self, opened: OpenGeneration, searcher: tantivy.Searcher, word: str) -> bool:
        plan = self._planner.plan(word)
        return bool(plan.groups) and _count(searcher, opened.queries.matching(plan, word)) > 0

    def _corrector(self, opened: OpenGeneration, searcher: tantivy.Searcher) -> Corrector:
        return Corrector(self._planner.analyzer, opened.queries, searcher, self._planner.vocabulary)


def _count(searcher: tantivy.Searcher, query: Query) -> int:
    return int(searcher.search(query, limit=1).count)


def _facets(opened: OpenGeneration, searcher: tantivy.Searcher, wanted: SearchQuery, found: _Found) -> Facets:
    if not wanted.facets or not found.total:
        return Facets()
    return facets(searcher, found.query) if wanted.narrows else opened.overall(searcher)


def _next_offset(query: SearchQuery, shown: int, total: int) -> int | None:
    after = query.offset + shown
    return after if shown and after < total and after + query.limit <= DEEPEST else None


def _hit(searcher: tantivy.Searcher, score: float, address: tantivy.DocAddress, plan: Plan) -> Hit:
    record = searcher.doc(address)
    document = document_of(record)
    return Hit(
        document, score, dict(_highlights(record, plan, {"name": document.name, "description": document.description}))
    )


def _highlights(record: tantivy.Document, plan: Plan, texts: dict[str, str]) -> Iterator[tuple[str, tuple[Range, ...]]]:
    if not plan.groups:
        return
    spans = json.loads(bytes(record["spans"][0]))
    for field, text in texts.items():
        if places := ranges(spans[field], plan.highlighted, text):
            yield field, places

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Literal

import tantivy
from tantivy import Query

from herofactory.search.answer import Asked, Found
from herofactory.search.document import ItemDocument
from herofactory.search.embedded.facets import facets
from herofactory.search.embedded.opened import OpenGeneration, document_of
from herofactory.search.embedded.top import top
from herofactory.search.highlight import Range, ranges
from herofactory.search.page import Facets, Hit
from herofactory.search.plan import Plan
from herofactory.search.query import SearchQuery


class View:
    """answer.Engine: one state of a generation, which all questions of one answer are put to."""

    def __init__(self, opened: OpenGeneration) -> None:
        self._opened = opened
        self._queries = opened.queries
        self._searcher = opened.searcher()

    def find(self, asked: Asked, wanted: SearchQuery) -> Found:
        query = self._queries.filtered(self._matching(asked), wanted)
        total, scored = top(self._searcher, query, wanted)
        hits = tuple(self._hit(score, address, asked.plan) for score, address in scored)
        return Found(total, hits, self._facets(query, wanted) if wanted.facets and total else Facets())

    def finding(self, asked: Sequence[Asked]) -> Sequence[bool]:
        return [self._count(self._matching(each)) > 0 for each in asked]

    def near(self, letters: str, distance: int, limit: int) -> Sequence[ItemDocument]:
        hits = self._searcher.search(self._queries.near(letters, distance), limit, count=False).hits
        return [document_of(self._searcher.doc(address)) for _, address in hits]

    def beginning(self, field: Literal["words", "initials"], prefix: str, limit: int) -> Sequence[tuple[str, int]]:
        items = self._queries.everything()
        found: Sequence[tuple[str, int]] = self._searcher.terms_with_prefix(
            field, prefix, filter_query=items, limit=limit
        )
        return found

    def count(self) -> int:
        return self._count(self._queries.everything())

    def _matching(self, asked: Asked) -> Query:
        return self._queries.matching(asked.plan, asked.text) if asked.plan else self._queries.everything()

    def _count(self, query: Query) -> int:
        return int(self._searcher.search(query, limit=1).count)

    def _facets(self, query: Query, wanted: SearchQuery) -> Facets:
        return facets(self._searcher, query) if wanted.narrows else self._opened.overall(self._searcher)

    def _hit(self, score: float, address: tantivy.DocAddress, plan: Plan | None) -> Hit:
        record = self._searcher.doc(address)
        document = document_of(record)
        texts = {"name": document.name, "description": document.description}
        return Hit(document, score, dict(_highlights(record, plan, texts)) if plan else {})


def _highlights(record: tantivy.Document, plan: Plan, texts: dict[str, str]) -> Iterator[tuple[str, tuple[Range, ...]]]:
    spans = json.loads(bytes(record["spans"][0]))
    for field, text in texts.items():
        if places := ranges(spans[field], plan.highlighted, text):
            yield field, places

"""Asking the search itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from herofactory.insights.missing.spelling import compact
from herofactory.insights.terms import term_of
from herofactory.search.document import ItemDocument
from herofactory.search.port import SearchReader
from herofactory.search.query import MAX_QUERY_CHARS, SearchQuery

_LIMIT = 10
Finds = Callable[[str], Awaitable[Sequence[ItemDocument]]]
"""The first items that the search finds for a text, or for what is the same term; none where it takes another one."""


def finds_with(reader: SearchReader) -> Finds:
    """Its calls raise SearchError while the index is away."""

    async def finds(text: str) -> Sequence[ItemDocument]:
        return await asyncio.to_thread(_found, reader, text)

    return finds


def _found(reader: SearchReader, text: str) -> Sequence[ItemDocument]:
    """A space in the wrong place does not make a thing missing: it is looked for without any as well."""
    joined = compact(text)
    return _hits(reader, text) or (_hits(reader, joined) if joined != text and term_of(joined) == term_of(text) else ())


def _hits(reader: SearchReader, text: str) -> Sequence[ItemDocument]:
    query = SearchQuery(text[:MAX_QUERY_CHARS], limit=_LIMIT, facets=False)
    if query.browses:
        return ()
    page = reader.search(query)
    if page.corrected_to is not None and term_of(page.corrected_to) != term_of(text):
        return ()
    return [hit.document for hit in page.hits]

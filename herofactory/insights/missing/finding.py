"""Asking the search itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from herofactory.search.document import ItemDocument
from herofactory.search.port import SearchReader
from herofactory.search.query import MAX_QUERY_CHARS, SearchQuery

_HITS = 10
Finds = Callable[[str], Awaitable[Sequence[ItemDocument]]]
"""The first items that the search finds for a text as it is spelt; none where it has to correct it."""


def finds_with(reader: SearchReader) -> Finds:
    """Its calls raise SearchError while the index is away."""

    async def finds(text: str) -> Sequence[ItemDocument]:
        return await asyncio.to_thread(_found, reader, text)

    return finds


def _found(reader: SearchReader, text: str) -> Sequence[ItemDocument]:
    query = SearchQuery(text[:MAX_QUERY_CHARS], limit=_HITS, facets=False)
    if query.browses:
        return ()
    page = reader.search(query)
    return () if page.corrected_to is not None else [hit.document for hit in page.hits]

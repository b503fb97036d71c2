from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import tantivy
from tantivy import Query

from herofactory.search.embedded import record
from herofactory.search.embedded.schema import GONE

_CHUNK = 10_000


def stubs(index: tantivy.Index) -> Iterator[tantivy.Document]:
    """What an index remembers as gone, to be carried into another one."""
    searcher = index.searcher()
    query = Query.term_query(index.schema, "kind", GONE, index_option="basic")
    total = int(searcher.search(query, limit=1).count)
    for offset in range(0, total, _CHUNK):
        for _, address in searcher.search(query, _CHUNK, count=False, offset=offset).hits:
            stored = searcher.doc(address)
            yield record.stub(stored["id"][0], stored["revision"][0], stored["gone_at"][0])


def remembered(generation: Path | None) -> Iterator[tantivy.Document]:
    """The same from a folder that may be of another version, or damaged: then what can be read of it."""
    if generation is None:
        return
    try:
        yield from stubs(tantivy.Index.open(str(generation)))
    except (ValueError, KeyError, OSError):
        return  # without stubs a late write could revive an item; the next revision of it puts that right

"""All items of an index by id. tantivy has no order by text: they are sorted in a file that nobody else sees."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from hashlib import blake2b
from pathlib import Path

import tantivy

from herofactory.search.embedded.opened import OpenGeneration
from herofactory.search.errors import IndexDamaged
from herofactory.search.places import Held

# Each page costs a pass over all addresses before it, and its own addresses' memory.
_PAGE = 20_000
_DIGEST_BYTES = 16


def held(generation: Path) -> Iterator[Held]:
    """As of the last commit before the first is asked for. The same thread need not ask for all."""
    opened = OpenGeneration(generation)
    try:
        # SQLite's own temporary file: in memory while small, on disk beyond its cache, deleted with the connection.
        with closing(sqlite3.connect("", check_same_thread=False, isolation_level=None)) as sorter:
            sorter.execute("CREATE TABLE held (id TEXT PRIMARY KEY, revision INTEGER, digest BLOB) WITHOUT ROWID")
            sorter.execute("BEGIN")
            try:
                for page in _pages(opened):
                    sorter.executemany("INSERT INTO held VALUES (?, ?, ?)", page)
            except sqlite3.IntegrityError as error:
                raise IndexDamaged(f"Search index {generation} holds an item twice ({error}); rebuild it.") from error
            for id, revision, digest in sorter.execute("SELECT id, revision, digest FROM held ORDER BY id"):
                yield Held(id, revision, digest)
    finally:
        opened.close()


def _pages(opened: OpenGeneration) -> Iterator[Iterator[Held]]:
    searcher = opened.searcher()
    items = opened.queries.everything()
    total = int(searcher.search(items, limit=1).count)
    for offset in range(0, total, _PAGE):
        hits = searcher.search(items, _PAGE, count=False, offset=offset).hits
        yield (_held(searcher.doc(address)) for _, address in hits)


def _held(record: tantivy.Document) -> Held:
    """What is shown of it: the document, and the places that are marked in its texts."""
    digest = blake2b(bytes(record["source"][0]), digest_size=_DIGEST_BYTES)
    digest.update(bytes(record["spans"][0]))
    return Held(record["id"][0], record["revision"][0], digest.digest())

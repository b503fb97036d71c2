from __future__ import annotations

from herofactory.search.both_sides import BothSides
from herofactory.search.embedded.reader import IndexReader
from herofactory.search.embedded.store import IndexStore
from herofactory.search.embedded.writer import IndexWriter


class EmbeddedIndex(BothSides[IndexReader, IndexWriter]):
    """Both sides in one process: `port.SearchIndex`. The platform's processes use one side each."""

    def __init__(self, store: IndexStore) -> None:
        writer = store.open_writer()  # first: it makes the index where there is none
        super().__init__(store.open_reader(), writer)

    def close(self) -> None:
        self.reader.close()
        self.writer.close()

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from herofactory.search.embedded.store import IndexStore
from herofactory.search.page import SearchPage
from herofactory.search.port import Stored
from herofactory.search.query import SearchQuery
from herofactory.search.write import Write, WriteOutcome


class EmbeddedIndex:
    """Both sides in one process: `port.SearchIndex`. The platform's processes use one side each."""

    def __init__(self, store: IndexStore) -> None:
        self.writer = store.open_writer()
        self.reader = store.open_reader()

    def apply(self, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        return self.writer.apply(writes)

    def sweep(self, now: datetime) -> int:
        return self.writer.sweep(now)

    def refresh(self) -> None:
        self.reader.refresh()

    def search(self, query: SearchQuery) -> SearchPage:
        return self.reader.search(query)

    def suggest(self, prefix: str, limit: int = 10) -> Sequence[str]:
        return self.reader.suggest(prefix, limit)

    def stored(self, id: str) -> Stored | None:
        return self.reader.stored(id)

    def count(self) -> int:
        return self.reader.count()

    def close(self) -> None:
        self.reader.close()
        self.writer.close()

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Generic, TypeVar

from herofactory.search.page import SearchPage
from herofactory.search.port import SearchReader, SearchWriter, Stored
from herofactory.search.query import SearchQuery
from herofactory.search.write import Write, WriteOutcome

Reader = TypeVar("Reader", bound=SearchReader)
Writer = TypeVar("Writer", bound=SearchWriter)


class BothSides(Generic[Reader, Writer]):
    """A reader and a writer as one `port.SearchIndex`, whatever the engine."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        self.reader = reader
        self.writer = writer

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

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from elasticsearch import Elasticsearch

from herofactory.search.elasticsearch.client import ALIAS
from herofactory.search.elasticsearch.reader import ElasticsearchReader
from herofactory.search.elasticsearch.writer import ElasticsearchWriter
from herofactory.search.page import SearchPage
from herofactory.search.port import Stored
from herofactory.search.query import SearchQuery
from herofactory.search.write import Write, WriteOutcome


class ElasticsearchIndex:
    """Both sides: `port.SearchIndex`. The index must exist (generation.ensure)."""

    def __init__(self, client: Elasticsearch, alias: str = ALIAS) -> None:
        self.writer = ElasticsearchWriter(client, alias)
        self.reader = ElasticsearchReader(client, alias)

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

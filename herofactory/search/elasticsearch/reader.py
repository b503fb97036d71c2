from __future__ import annotations

from collections.abc import Sequence

from elasticsearch import Elasticsearch

from herofactory.search.answer import Answerer
from herofactory.search.elasticsearch import query
from herofactory.search.elasticsearch.client import ALIAS, told_as_ours
from herofactory.search.elasticsearch.engine import ElasticsearchEngine
from herofactory.search.page import SearchPage
from herofactory.search.plan import Planner
from herofactory.search.port import Stored
from herofactory.search.query import SearchQuery


class ElasticsearchReader:
    """port.SearchReader. Follows the alias, so a rebuild needs nothing from it. Thread-safe.

    Raises IndexMissing, IndexUnavailable.
    """

    def __init__(self, client: Elasticsearch, alias: str = ALIAS, *, planner: Planner | None = None) -> None:
        self._client = client
        self._alias = alias
        self._answerer = Answerer(planner)
        self._engine = ElasticsearchEngine(client, alias)

    def refresh(self) -> None:
        """Costs a segment: for tests and tools. Searches see a write after `refresh_interval` by themselves."""
        with told_as_ours(self._alias):
            self._client.indices.refresh(index=self._alias)

    def search(self, query: SearchQuery) -> SearchPage:
        with told_as_ours(self._alias):
            return self._answerer.search(self._engine, query)

    def suggest(self, prefix: str, limit: int = 10) -> Sequence[str]:
        with told_as_ours(self._alias):
            return self._answerer.suggest(self._engine, prefix, limit)

    def stored(self, id: str) -> Stored | None:
        """As of now, refreshed or not."""
        with told_as_ours(self._alias):
            found = self._client.mget(index=self._alias, ids=[id], source=["gone"])["docs"][0]
        if not found.get("found"):
            return None
        return Stored(found["_version"], bool(found["_source"].get("gone")))

    def count(self) -> int:
        with told_as_ours(self._alias):
            return int(self._client.count(index=self._alias, query=query.everything())["count"])

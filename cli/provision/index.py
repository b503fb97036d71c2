"""The search index with its alias, empty; a worker fills it where the database holds items."""

from __future__ import annotations

from collections.abc import Sequence

from elasticsearch import Elasticsearch

from herofactory.search.elasticsearch import generation
from herofactory.search.elasticsearch.client import ALIAS, told_as_ours
from herofactory.search.errors import StampMismatch


class Index:
    name = "search index"

    def __init__(self, client: Elasticsearch, alias: str = ALIAS) -> None:
        self._client = client
        self._alias = alias

    def changes(self) -> Sequence[str]:
        with told_as_ours(self._alias):
            name = generation.current(self._client, self._alias)
            if name is None:
                return [f"alias {self._alias}: the first worker builds its index from the database"]
            try:
                generation.check(self._client, name)
            except StampMismatch as error:
                return [f"alias {self._alias}: the first worker rebuilds it, since: {error}"]
        return []

    def apply(self) -> None:
        """Nothing here: only from the database can an index be built that lacks nothing."""

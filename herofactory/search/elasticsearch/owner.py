from __future__ import annotations

from elasticsearch import Elasticsearch

from herofactory.search.elasticsearch import generation
from herofactory.search.elasticsearch.client import ALIAS, told_as_ours
from herofactory.search.elasticsearch.reader import ElasticsearchReader
from herofactory.search.elasticsearch.rebuild import rebuild
from herofactory.search.elasticsearch.writer import ElasticsearchWriter
from herofactory.search.errors import StampMismatch
from herofactory.search.open import Alone, Documents
from herofactory.search.report import RebuildReport


class ElasticsearchOwner:
    """open.IndexOwner. Any number of processes write; one at a time builds."""

    def __init__(self, client: Elasticsearch, gone_retention_s: float, alias: str = ALIAS) -> None:
        self._client = client
        self._alias = alias
        self.writer = ElasticsearchWriter(client, alias, gone_retention_s=gone_retention_s)

    def open(self, documents: Documents, alone: Alone) -> RebuildReport | None:
        """Raises IndexUnavailable."""
        with told_as_ours(self._alias):
            if self._is_usable():
                return None
        with alone():
            with told_as_ours(self._alias):
                usable = self._is_usable()  # another process may have built it meanwhile
            return None if usable else self.rebuild(documents)

    def rebuild(self, documents: Documents) -> RebuildReport:
        return rebuild(self._client, self._alias, documents())

    def close(self) -> None:
        self._client.close()

    def _is_usable(self) -> bool:
        name = generation.current(self._client, self._alias)
        if name is None:
            return False
        try:
            generation.check(self._client, name)
        except StampMismatch:
            return False
        return True


class ClosingReader(ElasticsearchReader):
    """A reader that owns its client."""

    def close(self) -> None:
        self._client.close()

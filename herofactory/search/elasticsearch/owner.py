from __future__ import annotations

from elasticsearch import Elasticsearch

from herofactory.search.elasticsearch import generation
from herofactory.search.elasticsearch.client import ALIAS, told_as_ours
from herofactory.search.elasticsearch.reader import ElasticsearchReader
from herofactory.search.elasticsearch.rebuild import rebuild
from herofactory.search.elasticsearch.writer import ElasticsearchWriter
from herofactory.search.errors import StampMismatch
from herofactory.search.places import FIRST, Alone, Documents
from herofactory.search.report import RebuildReport


class ElasticsearchOwner:
    """places.IndexOwner. Any number of processes write; one at a time builds."""

    def __init__(self, client: Elasticsearch, gone_retention_s: float, place: str = FIRST, alias: str = ALIAS) -> None:
        """`alias`: what readers use."""
        self._client = client
        self._readers = alias
        self._place = place
        self._alias = alias_of(alias, place)
        self.writer = ElasticsearchWriter(client, self._alias, gone_retention_s=gone_retention_s)

    def open(self, documents: Documents, alone: Alone, *, in_use: bool = True) -> RebuildReport | None:
        """Raises IndexUnavailable."""
        with told_as_ours(self._alias):
            self._adopt()
            report = None if self._is_usable() else self._build(documents, alone)
            if in_use:
                self._offer()
        return report

    def rebuild(self, documents: Documents) -> RebuildReport:
        return rebuild(self._client, self._alias, documents())

    def close(self) -> None:
        """The client is its owner's to close."""

    def _build(self, documents: Documents, alone: Alone) -> RebuildReport | None:
        with alone():
            usable = self._is_usable()  # another process may have built it meanwhile
            return None if usable else self.rebuild(documents)

    def _adopt(self) -> None:
        """An index of before there were places is the first place's."""
        if self._place == FIRST and generation.current(self._client, self._alias) is None:
            name = generation.current(self._client, self._readers)
            if name and generation.aliases(self._client, name) == [self._readers]:
                self._client.indices.put_alias(index=name, name=self._alias)

    def _offer(self) -> None:
        """Readers that have no index get this one."""
        name = generation.current(self._client, self._alias)
        if name and generation.current(self._client, self._readers) is None:
            generation.make_current(self._client, self._readers, name)

    def _is_usable(self) -> bool:
        name = generation.current(self._client, self._alias)
        if name is None:
            return False
        try:
            generation.check(self._client, name)
        except StampMismatch:
            return False
        return True


def alias_of(readers: str, place: str) -> str:
    """Names what is current in a place."""
    return f"{readers}-{place}"


class ClosingReader(ElasticsearchReader):
    """A reader that owns its client."""

    def close(self) -> None:
        self._client.close()

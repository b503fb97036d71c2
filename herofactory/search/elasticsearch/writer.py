from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from elasticsearch import Elasticsearch

from herofactory.platform.clock import Clock, SystemClock
from herofactory.search.analysis.analyzer import KoreanAnalyzer, korean_analyzer
from herofactory.search.elasticsearch.bulk import Bulk, Line
from herofactory.search.elasticsearch.client import ALIAS, REQUEST_TIMEOUT_S, told_as_ours
from herofactory.search.elasticsearch.record import source
from herofactory.search.elasticsearch.scan import scan
from herofactory.search.errors import DocumentError
from herofactory.search.write import Outcome, Write, WriteOutcome, newest_by_id, told_in_order

WEEK_S = 604_800.0


class ElasticsearchWriter:
    """port.SearchWriter. Any number may write at once, each one bulk at a time, and the higher revision wins.

    The revision is the document's external version. Thread-safe: calls wait for each other.
    """

    def __init__(
        self,
        client: Elasticsearch,
        alias: str = ALIAS,
        *,
        clock: Clock | None = None,
        analyzer: KoreanAnalyzer | None = None,
        gone_retention_s: float = WEEK_S,
        timeout_s: float = REQUEST_TIMEOUT_S,
    ) -> None:
        """`gone_retention_s`: seconds a removed id is remembered; as long as the topic keeps tombstones."""
        self._client = client
        self._alias = alias
        self._bulk = Bulk(client, alias, timeout_s=timeout_s)
        self._clock = clock or SystemClock()
        self._analyzer = analyzer or korean_analyzer()
        self._retention = timedelta(seconds=gone_retention_s)
        self._turn = threading.Lock()

    def apply(self, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        """See port.SearchWriter. Durable: Elasticsearch has synced its log of writes before it answers."""
        chosen = newest_by_id(writes)
        lines, refused = self._lines(chosen)
        with self._turn:
            outcomes = self._bulk.send(lines)
        return told_in_order(writes, chosen, {**outcomes, **refused})

    def sweep(self, now: datetime) -> int:
        before = (now - self._retention).isoformat()
        with self._turn:
            return sum(self._forget(lines) for lines in self._expired(before))

    def _lines(self, chosen: Mapping[str, Write]) -> tuple[list[Line], dict[str, WriteOutcome]]:
        lines: list[Line] = []
        refused: dict[str, WriteOutcome] = {}
        now = self._clock.now()
        for id, write in chosen.items():
            try:
                lines.append(Line(id, write.revision, source(write, self._analyzer, now)))
            except DocumentError as error:
                refused[id] = WriteOutcome(id, write.revision, Outcome.RECORD, str(error))
        return lines, refused

    def _expired(self, before: str) -> Iterator[list[Line]]:
        query = {"bool": {"filter": [{"term": {"gone": True}}, {"range": {"gone_at": {"lt": before}}}]}}
        with told_as_ours(self._alias):
            self._client.indices.refresh(index=self._alias)
            for hits in scan(self._client, self._alias, query, source=["revision"]):
                # The stub's own revision as the delete's version: a write that came meanwhile wins, and what remains of
                # the delete (index.gc_deletes) stands in the way of no later revision.
                yield [Line(hit["_id"], hit["_source"]["revision"], None, "external_gte") for hit in hits]

    def _forget(self, lines: Sequence[Line]) -> int:
        return sum(each.outcome is Outcome.OK for each in self._bulk.send(lines).values())

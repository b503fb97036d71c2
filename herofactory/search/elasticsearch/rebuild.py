from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NamedTuple

from elasticsearch import ApiError, Elasticsearch, TransportError

from herofactory.search.analysis.analyzer import KoreanAnalyzer, korean_analyzer
from herofactory.search.document import ItemDocument
from herofactory.search.elasticsearch import generation
from herofactory.search.elasticsearch.bulk import Bulk, Line
from herofactory.search.elasticsearch.client import REQUEST_TIMEOUT_S, told_as_ours
from herofactory.search.elasticsearch.mapping import IndexOptions
from herofactory.search.elasticsearch.record import source
from herofactory.search.elasticsearch.scan import scan
from herofactory.search.errors import DocumentError, IndexUnavailable
from herofactory.search.report import RebuildReport
from herofactory.search.write import Outcome, Upsert, WriteOutcome

_BULK = 500
_TRIES, _PAUSE_S = 6, 1.0
# While nobody searches it, a generation needs no refresh: fewer and larger segments.
_NEVER = "-1"


def rebuild(
    client: Elasticsearch,
    alias: str,
    documents: Iterable[ItemDocument],
    *,
    options: IndexOptions | None = None,
    analyzer: KoreanAnalyzer | None = None,
) -> RebuildReport:
    """A new generation from all documents there are, then in place of the one in use, which is searched until then.

    `documents` may be a snapshot from after this call. Writers may go on: what they write meanwhile is taken over. For
    the last moment, while that is copied, writes are refused as TRANSIENT. The former generation stays, for searches
    and writes that are still on their way to it, until the next rebuild. One rebuild at a time.
    Raises IndexUnavailable; then the old generation stays in use.
    """
    wanted = options or IndexOptions()
    with told_as_ours(alias):
        generation.remove_unused(client, alias)
        before = generation.current(client, alias)
        mark = _last_write(client, before) if before else -1
        fresh = generation.create(client, alias, replace(wanted, refresh_interval=_NEVER))
        try:
            filling = _Filling(client, fresh, analyzer or korean_analyzer())
            indexed = filling.documents(documents)
            if before:
                generation.block(client, before)
                filling.taken_over(before, mark)
            client.indices.put_settings(index=fresh, settings={"index.refresh_interval": wanted.refresh_interval})
            client.indices.refresh(index=fresh)
            generation.replace(client, alias, fresh)
        except BaseException:
            _abandon(client, alias, fresh, before)
            raise
    return RebuildReport(fresh, indexed - len(filling.failed), tuple(filling.failed))


class _Chunk(NamedTuple):
    """`lines` lack the documents that cannot be indexed."""

    read: int
    lines: list[Line]


class _Filling:
    def __init__(self, client: Elasticsearch, index: str, analyzer: KoreanAnalyzer) -> None:
        self._client = client
        self._bulk = Bulk(client, index, timeout_s=REQUEST_TIMEOUT_S, require_alias=False)
        self._analyzer = analyzer
        self.failed: list[tuple[str, str]] = []

    def documents(self, documents: Iterable[ItemDocument]) -> int:
        """How many there were. The next bulk is read and analysed while Elasticsearch is busy with the last."""
        count = 0
        left = iter(documents)
        with ThreadPoolExecutor(1, "analysis") as ahead:
            coming = ahead.submit(self._next, left)
            while (chunk := coming.result()).read:
                coming = ahead.submit(self._next, left)
                self._send(chunk.lines)
                count += chunk.read
        return count

    def taken_over(self, before: str, mark: int) -> None:
        """What was written to the old generation since `mark`, and everything it remembers as gone."""
        wanted = {"bool": {"should": [{"term": {"gone": True}}, {"range": {"_seq_no": {"gt": mark}}}]}}
        self._client.indices.refresh(index=before)
        for hits in scan(self._client, before, wanted, version=True):
            stubs = [_stub(hit) for hit in hits if hit["_source"].get("gone")]
            items = [ItemDocument.from_json(hit["_source"]) for hit in hits if not hit["_source"].get("gone")]
            self._send([*stubs, *self._lines(items)])

    def _next(self, left: Iterator[ItemDocument]) -> _Chunk:
        documents = list(islice(left, _BULK))
        return _Chunk(len(documents), list(self._lines(documents)))

    def _lines(self, documents: Iterable[ItemDocument]) -> Iterator[Line]:
        for document in documents:
            try:
                yield Line(document.id, document.revision, source(Upsert(document), self._analyzer, datetime.now(UTC)))
            except DocumentError as error:
                self.failed.append((document.id, str(error)))

    def _send(self, lines: Sequence[Line]) -> None:
        """Waits out what passes. What is there already in a later revision is right as it is."""
        left = list(lines)
        for attempt in range(_TRIES):
            told = self._bulk.send(left)
            self.failed += [(each.id, each.detail) for each in told.values() if each.outcome is Outcome.RECORD]
            left = [line for line in left if not _settled(told[line.id])]
            if not left:
                return
            if attempt < _TRIES - 1:
                time.sleep(_PAUSE_S * 2**attempt)
        raise IndexUnavailable(f"{len(left)} documents are not taken: {told[left[0].id].detail}")


def _abandon(client: Elasticsearch, alias: str, fresh: str, before: str | None) -> None:
    """Unless the alias has moved after all, and only the answer was lost. What cannot be undone now, the next does."""
    with suppress(ApiError, TransportError):
        if generation.current(client, alias) != fresh:
            client.indices.delete(index=fresh)
            if before:
                generation.unblock(client, before)


def _settled(told: WriteOutcome) -> bool:
    if told.outcome is Outcome.FATAL:
        raise IndexUnavailable(f"Elasticsearch refuses item {told.id}: {told.detail}")
    return told.outcome is not Outcome.TRANSIENT


def _stub(hit: dict[str, Any]) -> Line:
    return Line(hit["_id"], hit["_version"], json.dumps(hit["_source"]).encode())


def _last_write(client: Elasticsearch, index: str) -> int:
    """Every later write has a higher sequence number, in whichever shard; -1 where there is none yet."""
    shards = client.indices.stats(index=index, level="shards")["indices"][index]["shards"]
    copies = (copy for shard in shards.values() for copy in shard if copy["routing"]["primary"])
    return min((copy["seq_no"]["max_seq_no"] for copy in copies), default=-1)

"""Writes the figures of every hour to Elasticsearch, once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from herofactory.insights.exporting.documents import Document, Export, hours_due
from herofactory.platform.clock import Clock
from herofactory.platform.postgres.database import Database
from herofactory.platform.telemetry.logging import get_logger
from herofactory.search.elasticsearch.client import told_as_ours
from herofactory.search.errors import IndexUnavailable
from herofactory.search.port import SearchReader

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

STREAM = "metrics-herofactory.insights-default"
TEMPLATE = "metrics-herofactory.insights"
"""`make kibana-import` puts it."""
_EXISTS = 409


class Exporter:
    def __init__(
        self,
        database: Database,
        reader: SearchReader,
        client: Elasticsearch,
        clock: Clock,
        stream: str = STREAM,
        template: str = TEMPLATE,
    ) -> None:
        self._database = database
        self._reader = reader
        self._client = client
        self._clock = clock
        self._stream = stream
        self._template = template
        self._last: datetime | None = None

    async def turn(self) -> int:
        """Write the hours that are due; returns how many documents are new. Raises SearchError.

        Nothing where nobody put the index templates: a stream without them would keep its fields under wrong types.
        """
        if not await asyncio.to_thread(self._has_template):
            return 0
        if self._last is None:
            self._last = await asyncio.to_thread(self._last_written)
        written = 0
        for hour in hours_due(self._last, self._clock.now()):
            documents = [each async for each in Export(self._database, self._reader, hour).documents()]
            new = await asyncio.to_thread(self._write, documents)
            get_logger(__name__).info("figures exported", hour=hour.isoformat(), documents=len(documents), new=new)
            written += new
            self._last = hour
        return written

    def _has_template(self) -> bool:
        with told_as_ours(self._stream):
            return bool(self._client.indices.exists_index_template(name=self._template))

    def _last_written(self) -> datetime | None:
        """The newest hour in the stream; None where there is none yet."""
        with told_as_ours(self._stream):
            answer = self._client.search(
                index=self._stream,
                size=0,
                query={"term": {"figure": "quality"}},
                aggs={"last": {"max": {"field": "@timestamp"}}},
                ignore_unavailable=True,
            )
        last = answer["aggregations"]["last"]["value_as_string"] if _found(answer) else None
        return datetime.fromisoformat(last) if last else None

    def _write(self, documents: Sequence[Document]) -> int:
        """How many were not there before. A data stream only ever takes new ones. Raises IndexUnavailable."""
        operations: list[dict[str, Any]] = []
        for document in documents:
            operations += [{"create": {"_id": document.id}}, document.fields]
        with told_as_ours(self._stream):
            answer = self._client.bulk(index=self._stream, operations=operations)
        outcomes = [item["create"] for item in answer["items"]]
        for outcome in outcomes:
            if "error" in outcome and outcome["status"] != _EXISTS:
                raise IndexUnavailable(f"{self._stream} refuses figures: {str(outcome['error'])[:300]}")
        return sum("error" not in outcome for outcome in outcomes)


def _found(answer: Any) -> bool:
    last = answer.get("aggregations", {}).get("last", {})
    return last.get("value") is not None

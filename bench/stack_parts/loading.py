"""Elasticsearch's bulk through our sink, against a bare `helpers.streaming_bulk` of the same documents."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from elasticsearch import Elasticsearch, helpers

from bench.search import catalogue
from herofactory.platform.settings import Settings
from herofactory.search.analysis.analyzer import korean_analyzer
from herofactory.search.document import ItemDocument
from herofactory.search.elasticsearch import generation
from herofactory.search.elasticsearch.record import source
from herofactory.search.elasticsearch.writer import ElasticsearchWriter
from herofactory.search.open import elasticsearch_of
from herofactory.search.write import Outcome, Upsert

ALIAS = "bench-load"
CHUNK = 500
ROUNDS = 2
"""Each side in turn; the better round counts, as a JVM that is still warming up says nothing of either."""


def measure(settings: Settings, items: int) -> dict[str, Any]:
    documents = list(catalogue(items))
    analyzer = korean_analyzer()
    sources = [json.loads(source(Upsert(each), analyzer, datetime.now(UTC))) for each in documents]
    with closing(elasticsearch_of(settings)) as client:
        ours, bare = [], []
        for _ in range(ROUNDS):
            bare.append(_timed(client, lambda index: _bare(client, index, documents, sources)))
            ours.append(_timed(client, lambda index: _ours(client, index, documents)))
    return {
        "items": items,
        "bare_items_per_s": [round(items / seconds) for seconds in bare],
        "sink_items_per_s": [round(items / seconds) for seconds in ours],
        "ratio": round(min(bare) / min(ours), 3),
    }


def _timed(client: Elasticsearch, load: Callable[[str], None]) -> float:
    """Seconds, into a fresh index with the product's mapping, until its documents can be searched."""
    index = generation.create(client, ALIAS)
    generation.make_current(client, ALIAS, index)
    began = time.perf_counter()
    load(ALIAS)
    client.indices.refresh(index=index)
    took = time.perf_counter() - began
    client.indices.delete(index=index)
    return took


def _bare(
    client: Elasticsearch, index: str, documents: Sequence[ItemDocument], sources: Sequence[dict[str, Any]]
) -> None:
    actions = (
        {"_index": index, "_id": each.id, "version": each.revision, "version_type": "external", "_source": body}
        for each, body in zip(documents, sources, strict=True)
    )
    for done, told in helpers.streaming_bulk(client, actions, chunk_size=CHUNK):
        assert done, told


def _ours(client: Elasticsearch, index: str, documents: Sequence[ItemDocument]) -> None:
    writer = ElasticsearchWriter(client, index)
    for first in range(0, len(documents), CHUNK):
        writes = [Upsert(each) for each in documents[first : first + CHUNK]]
        wrong = [told for told in writer.apply(writes) if told.outcome is not Outcome.OK]
        assert not wrong, wrong[0]

"""What tests of the search index on a real Elasticsearch share."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice

from elasticsearch import Elasticsearch

from herofactory.search.document import ItemDocument
from herofactory.search.elasticsearch import generation
from herofactory.search.elasticsearch.mapping import IndexOptions
from herofactory.search.port import SearchWriter
from herofactory.search.write import Outcome, Upsert

_BULK = 500


@contextmanager
def temporary_alias(client: Elasticsearch, options: IndexOptions | None = None) -> Iterator[str]:
    """An alias with an empty index behind it; removed with all its generations."""
    alias = f"items{uuid.uuid4().hex[:8]}"
    generation.ensure(client, alias, options or IndexOptions())
    try:
        yield alias
    finally:
        remove_generations(client, alias)


def remove_generations(client: Elasticsearch, alias: str) -> None:
    names = list(client.indices.get(index=f"{alias}-*"))
    if names:
        client.indices.delete(index=names)


def load(writer: SearchWriter, documents: Iterable[ItemDocument]) -> None:
    left = iter(documents)
    while chunk := list(islice(left, _BULK)):
        told = writer.apply([Upsert(document) for document in chunk])
        assert {each.outcome for each in told} == {Outcome.OK}, told

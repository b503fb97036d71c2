"""How well search answers: hand-written queries with the items they should and must not find.

Documents and queries are data (golden/*.jsonl). A query that fails is not removed: dictionary and rules are improved,
or the failure stays and costs its share.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from herofactory.search.document import ItemDocument
from herofactory.search.embedded.reader import IndexReader
from herofactory.search.embedded.store import IndexStore
from herofactory.search.port import SearchReader
from herofactory.search.query import SearchQuery

GOLDEN = Path(__file__).parent / "golden"


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (GOLDEN / name).read_text("utf-8").splitlines()]


def documents() -> Iterator[ItemDocument]:
    for number, row in enumerate(rows("documents.jsonl")):
        born = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
        yield ItemDocument(**(row | {"tags": tuple(row["tags"]), "revision": 1, "created_at": born}))


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexReader]:
    store = IndexStore(tmp_path_factory.mktemp("golden"))
    store.rebuild(documents())
    reader = store.open_reader()
    yield reader
    reader.close()


def answer(reader: SearchReader, query: str) -> list[str]:
    return [hit.document.id for hit in reader.search(SearchQuery(query, limit=100, facets=False)).hits]


def test_the_golden_set_is_large_enough() -> None:
    known = {row["id"] for row in rows("documents.jsonl")}
    queries = rows("queries.jsonl")
    assert len(known) >= 120
    assert len({row["query"] for row in queries}) >= 60
    assert all(known.issuperset(row["wanted"] + row["unwanted"]) for row in queries)


def test_recall_and_precision(reader: IndexReader) -> None:
    recalls, precisions, told = [], [], []
    for row in rows("queries.jsonl"):
        wanted, found = set(row["wanted"]), answer(reader, row["query"])
        recalls.append(len(wanted & set(found)) / len(wanted))
        precisions.append(len(wanted & set(found[: len(wanted)])) / len(wanted))
        if precisions[-1] < 1:
            told.append((row["query"], found[: len(wanted)]))
    assert sum(recalls) / len(recalls) >= 0.97, told
    assert sum(precisions) / len(precisions) >= 0.95, told


def test_unwanted_items_are_not_found(reader: IndexReader) -> None:
    bad = {
        row["query"]: unwanted
        for row in rows("queries.jsonl")
        if (unwanted := set(row["unwanted"]) & set(answer(reader, row["query"])))
    }
    assert bad == {}

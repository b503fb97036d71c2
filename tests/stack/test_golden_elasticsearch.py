"""The golden set on a real Elasticsearch: the bounds the embedded index is held to, and how near the two are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from herofactory.search.elasticsearch.client import make_client
from herofactory.search.elasticsearch.reader import ElasticsearchReader
from herofactory.search.elasticsearch.writer import ElasticsearchWriter
from herofactory.search.embedded.store import IndexStore
from herofactory.search.highlight import Range
from herofactory.search.page import Hit
from herofactory.search.port import SearchReader
from herofactory.search.query import SearchQuery
from tests.herofactory.search.test_golden import answer, documents, rows
from tests.stack.searching import load, temporary_alias
from tests.stack.servers.elasticsearch import Elasticsearch

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def reader(elasticsearch: Elasticsearch) -> Iterator[ElasticsearchReader]:
    with make_client([elasticsearch.url]) as client, temporary_alias(client) as alias:
        load(ElasticsearchWriter(client, alias), documents())
        reader = ElasticsearchReader(client, alias)
        reader.refresh()
        yield reader


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchReader]:
    store = IndexStore(tmp_path_factory.mktemp("golden"))
    store.rebuild(documents())
    reader = store.open_reader()
    yield reader
    reader.close()


def test_recall_and_precision(reader: ElasticsearchReader) -> None:
    recalls, precisions = [], []
    for row in rows("queries.jsonl"):
        wanted, given = set(row["wanted"]), answer(reader, row["query"])
        recalls.append(len(wanted & set(given)) / len(wanted))
        precisions.append(len(wanted & set(given[: len(wanted)])) / len(wanted))
    assert sum(recalls) / len(recalls) >= 0.97
    assert sum(precisions) / len(precisions) >= 0.95


def test_unwanted_items_are_not_found(reader: ElasticsearchReader) -> None:
    queries = rows("queries.jsonl")
    bad = {row["query"]: set(row["unwanted"]) & set(answer(reader, row["query"])) for row in queries}
    assert {query: ids for query, ids in bad.items() if ids} == {}


def test_both_engines_find_the_same_items(reader: ElasticsearchReader, embedded: SearchReader) -> None:
    queries = [row["query"] for row in rows("queries.jsonl")]
    differing = [text for text in queries if set(answer(reader, text)) != set(answer(embedded, text))]
    assert len(differing) <= len(queries) * 0.01, differing


def test_both_engines_show_the_same_three_first_for_95_of_100(
    reader: ElasticsearchReader, embedded: SearchReader
) -> None:
    queries = [row["query"] for row in rows("queries.jsonl")]
    differing = [
        (text, ours, theirs)
        for text in queries
        if (ours := answer(embedded, text)[:3]) != (theirs := answer(reader, text)[:3])
    ]
    assert len(differing) <= len(queries) * 0.05, differing


@pytest.mark.parametrize("prefix", ["마", "마법", "ㅁㅂ", "드래", "불타", "포ㅅ", "sw"])
def test_both_engines_offer_the_same_words(reader: ElasticsearchReader, embedded: SearchReader, prefix: str) -> None:
    assert reader.suggest(prefix) == embedded.suggest(prefix)


def test_facets_and_marks_are_the_same(reader: ElasticsearchReader, embedded: SearchReader) -> None:
    for text in ("", "검", "체력 물약", "불타는"):
        ours, theirs = embedded.search(SearchQuery(text, limit=50)), reader.search(SearchQuery(text, limit=50))
        assert theirs.facets == ours.facets
        assert _marks(theirs.hits) == _marks(ours.hits)


def _marks(hits: Iterable[Hit]) -> dict[str, dict[str, tuple[Range, ...]]]:
    return {hit.document.id: dict(hit.highlights) for hit in hits}

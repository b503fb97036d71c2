"""What the search index makes of everything that goes wrong on the way to a real Elasticsearch, or in it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import pytest
from elasticsearch import Elasticsearch as Client

from herofactory.search.elasticsearch import generation
from herofactory.search.elasticsearch.client import make_client
from herofactory.search.elasticsearch.index import ElasticsearchIndex
from herofactory.search.elasticsearch.mapping import IndexOptions, index_body
from herofactory.search.elasticsearch.writer import ElasticsearchWriter
from herofactory.search.errors import IndexUnavailable
from herofactory.search.port import SearchWriter, Stored
from herofactory.search.query import SearchQuery
from herofactory.search.write import Outcome, Remove, Upsert, Write
from tests.contract.search_index import found, item, put
from tests.stack.faults import AnswerLost, FaultyProxy, ItemRefused, Refused, Wedged, faulty
from tests.stack.servers.elasticsearch import Elasticsearch

pytestmark = pytest.mark.stack
# Seconds without an answer: enough for a bulk of a few items on a busy machine.
TIMEOUT_S = 3.0
FULL_DISK = "index.blocks.read_only_allow_delete"


@pytest.fixture
def proxy(elasticsearch: Elasticsearch) -> Iterator[FaultyProxy]:
    with faulty(elasticsearch.url) as proxy:
        yield proxy


@pytest.fixture
def writer(proxy: FaultyProxy, alias: str) -> Iterator[ElasticsearchWriter]:
    """Through the proxy."""
    with make_client([proxy.url], timeout_s=TIMEOUT_S) as client:
        yield ElasticsearchWriter(client, alias, timeout_s=TIMEOUT_S)


def told(writer: SearchWriter, *writes: Write) -> list[Outcome]:
    return [each.outcome for each in writer.apply(writes)]


def upserts(ids: Sequence[str], revision: int = 1) -> list[Write]:
    return [Upsert(item(id, revision=revision)) for id in ids]


def test_429_on_one_item_of_many_asks_for_that_one_again(
    proxy: FaultyProxy, writer: ElasticsearchWriter, index: ElasticsearchIndex
) -> None:
    proxy.next(ItemRefused("b", 429, "es_rejected_execution_exception"))
    assert told(writer, *upserts("abc")) == [Outcome.OK, Outcome.TRANSIENT, Outcome.OK]
    assert index.stored("b") is None
    assert told(writer, *upserts("abc")) == [Outcome.STALE, Outcome.OK, Outcome.STALE]
    index.refresh()
    assert index.count() == 3


def test_a_shard_that_is_not_there_just_now_asks_for_its_items_again(
    proxy: FaultyProxy, writer: ElasticsearchWriter
) -> None:
    proxy.next(ItemRefused("a", 503, "unavailable_shards_exception"))
    assert told(writer, *upserts("ab")) == [Outcome.TRANSIENT, Outcome.OK]


def test_a_conflict_with_the_mapping_rejects_that_document_alone(client: Client, alias: str) -> None:
    body = index_body(IndexOptions())
    body["mappings"]["properties"] = {**body["mappings"]["properties"], "price": {"type": "byte"}}
    client.indices.create(index=f"{alias}-other", **body)
    generation.make_current(client, alias, f"{alias}-other")
    index = ElasticsearchIndex(client, alias)
    writes = [Upsert(item("a", price=5)), Upsert(item("b", price=5000)), Upsert(item("c", price=6))]
    assert told(index, *writes) == [Outcome.OK, Outcome.RECORD, Outcome.OK]
    assert "price" in index.apply(writes[1:2])[0].detail


def test_a_field_the_mapping_does_not_know_rejects_that_document_alone(
    proxy: FaultyProxy, writer: ElasticsearchWriter
) -> None:
    proxy.next(ItemRefused("b", 400, "strict_dynamic_mapping_exception"))
    assert told(writer, *upserts("abc")) == [Outcome.OK, Outcome.RECORD, Outcome.OK]


def test_a_term_that_is_too_long_for_the_engine_rejects_that_document_alone(index: ElasticsearchIndex) -> None:
    writes = [Upsert(item("a", tags=["긴" * 20_000])), Upsert(item("b"))]
    assert told(index, *writes) == [Outcome.RECORD, Outcome.OK]


@pytest.mark.parametrize("block", ["index.blocks.write", FULL_DISK, "index.blocks.read_only"])
def test_a_block_is_an_outage_and_what_was_refused_is_taken_once_it_is_lifted(
    client: Client, alias: str, index: ElasticsearchIndex, block: str
) -> None:
    """By an operator or a rebuild (403), or by the disk's flood stage (429)."""
    name = generation.current(client, alias)
    put(index, item("a"))
    client.indices.put_settings(index=name, settings={block: True})
    try:
        assert told(index, Upsert(item("b")), Remove("a", 2)) == [Outcome.TRANSIENT] * 2
        assert found(index, "검") == ["a"]
    finally:
        client.indices.put_settings(index=name, settings={block: None})
    assert told(index, Upsert(item("b")), Remove("a", 2)) == [Outcome.OK] * 2


def test_a_wedged_bulk_is_given_up_and_comes_again(
    proxy: FaultyProxy, writer: ElasticsearchWriter, index: ElasticsearchIndex
) -> None:
    proxy.next(Wedged())
    assert told(writer, *upserts("ab")) == [Outcome.TRANSIENT] * 2
    assert index.stored("a") is None
    assert told(writer, *upserts("ab")) == [Outcome.OK] * 2


def test_a_timeout_after_the_write_took_effect_is_found_out_and_is_no_failure(
    proxy: FaultyProxy, writer: ElasticsearchWriter, index: ElasticsearchIndex
) -> None:
    put(index, item("c", revision=9))
    proxy.next(AnswerLost())
    writes = [*upserts("ab"), Remove("d", 4), Upsert(item("c", revision=2))]
    assert told(writer, *writes) == [Outcome.OK, Outcome.OK, Outcome.OK, Outcome.STALE]
    assert index.stored("d") == Stored(4, gone=True)


def test_where_the_look_after_a_timeout_fails_too_a_repetition_changes_nothing(
    proxy: FaultyProxy, writer: ElasticsearchWriter, index: ElasticsearchIndex
) -> None:
    proxy.next(AnswerLost())
    proxy.next(Refused(503, "master_not_discovered_exception"), path="/_mget")
    assert told(writer, *upserts("ab")) == [Outcome.TRANSIENT] * 2
    assert index.stored("a") == Stored(1, gone=False)
    assert told(writer, *upserts("ab")) == [Outcome.STALE] * 2


@pytest.mark.parametrize(
    ("status", "kind", "outcome"),
    [
        (429, "circuit_breaking_exception", Outcome.TRANSIENT),
        (503, "cluster_block_exception", Outcome.TRANSIENT),
        (502, "bad_gateway", Outcome.TRANSIENT),
        (401, "security_exception", Outcome.FATAL),
        (403, "security_exception", Outcome.FATAL),
        (400, "parse_exception", Outcome.FATAL),
        (404, "index_not_found_exception", Outcome.FATAL),
        (418, "never_heard_of_exception", Outcome.FATAL),
    ],
)
def test_a_refusal_of_the_whole_bulk_rejects_no_document(
    proxy: FaultyProxy, writer: ElasticsearchWriter, status: int, kind: str, outcome: Outcome
) -> None:
    proxy.next(Refused(status, kind))
    assert told(writer, *upserts("ab")) == [outcome] * 2


@pytest.mark.parametrize("status", [409, 418, 500])
def test_what_is_unknown_is_fatal(proxy: FaultyProxy, writer: ElasticsearchWriter, status: int) -> None:
    proxy.next(ItemRefused("a", status, "never_heard_of_exception"))
    assert told(writer, *upserts("ab")) == [Outcome.FATAL, Outcome.OK]


def test_a_bulk_that_is_too_large_is_halved(proxy: FaultyProxy, writer: ElasticsearchWriter) -> None:
    proxy.next(*(Refused(413, "content_too_long_exception") for _ in range(3)))
    # The whole, its first half, and the first quarter, which is one document.
    assert told(writer, *upserts("abcd")) == [Outcome.RECORD, Outcome.OK, Outcome.OK, Outcome.OK]


def test_one_bulk_is_under_way_at_a_time(
    proxy: FaultyProxy, writer: ElasticsearchWriter, index: ElasticsearchIndex
) -> None:
    ids = [f"id{n}" for n in range(8)]
    threads = [threading.Thread(target=writer.apply, args=[upserts([id])]) for id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    index.refresh()
    assert index.count() == len(ids)
    assert proxy.most_bulks_at_once == 1


def test_whatever_goes_wrong_repetition_ends_with_the_highest_revision(
    proxy: FaultyProxy, writer: ElasticsearchWriter, index: ElasticsearchIndex
) -> None:
    writes = [*upserts("abc", 2), Remove("a", 3), *upserts("b", 5), *upserts("abc", 1), Remove("d", 1)]
    proxy.next(
        ItemRefused("b", 429, "es_rejected_execution_exception"),
        AnswerLost(),
        Refused(503, "cluster_block_exception"),
        Wedged(),
    )
    for write in writes:
        while told(writer, write) == [Outcome.TRANSIENT]:
            pass
    ends = {"a": Stored(3, True), "b": Stored(5, False), "c": Stored(2, False), "d": Stored(1, True)}
    assert {id: index.stored(id) for id in "abcd"} == ends


def test_a_search_that_gets_no_answer_says_so(proxy: FaultyProxy, alias: str) -> None:
    with make_client([proxy.url], timeout_s=TIMEOUT_S) as client:
        index = ElasticsearchIndex(client, alias)
        proxy.next(Wedged(), Refused(503, "search_phase_execution_exception"), path="/_search")
        for _ in range(2):
            with pytest.raises(IndexUnavailable):
                index.search(SearchQuery("검"))
        assert index.search(SearchQuery("검")).total == 0

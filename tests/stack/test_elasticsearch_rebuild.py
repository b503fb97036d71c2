"""A new generation from the database while a real Elasticsearch is searched and written."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch as Client

from herofactory.search.document import ItemDocument
from herofactory.search.elasticsearch import generation
from herofactory.search.elasticsearch.client import make_client
from herofactory.search.elasticsearch.index import ElasticsearchIndex
from herofactory.search.elasticsearch.rebuild import rebuild
from herofactory.search.errors import IndexUnavailable
from herofactory.search.port import Stored
from herofactory.search.write import Outcome, Remove, Upsert
from tests.contract.search_index import found, item, put
from tests.stack.faults import AnswerLost, faulty
from tests.stack.searching import remove_generations
from tests.stack.servers.elasticsearch import Elasticsearch

pytestmark = pytest.mark.stack


def test_a_rebuild_holds_what_it_is_given_and_what_was_gone(
    client: Client, alias: str, index: ElasticsearchIndex
) -> None:
    put(index, item("a", "옛 검"), item("left over", "옛 검"))
    index.apply([Remove("b", 7)])
    before = generation.current(client, alias)

    report = rebuild(client, alias, [item("a", "새 검", revision=2), item("c")])

    assert (report.indexed, report.failed) == (2, ())
    assert generation.current(client, alias) == report.generation != before
    assert generation.others(client, alias) == [before]
    assert sorted(found(index)) == ["a", "c"]
    assert index.stored("b") == Stored(7, gone=True)
    assert [each.outcome for each in index.apply([Upsert(item("b", revision=6))])] == [Outcome.STALE]


def test_what_is_written_while_a_rebuild_runs_is_in_the_new_generation(
    client: Client, alias: str, index: ElasticsearchIndex
) -> None:
    put(index, item("a"), item("b"), item("c"))

    def snapshot() -> Iterator[ItemDocument]:
        yield item("a")
        index.apply([Upsert(item("a", "방패", revision=2)), Remove("b", 2), Upsert(item("d"))])
        yield from (item("b"), item("c"))

    rebuild(client, alias, snapshot())

    assert sorted(found(index)) == ["a", "c", "d"]
    assert found(index, "방패") == ["a"]
    assert index.stored("b") == Stored(2, gone=True)
    assert [each.outcome for each in index.apply([Upsert(item("e"))])] == [Outcome.OK]


def test_a_rebuild_that_fails_leaves_everything_as_it_was(
    client: Client, alias: str, index: ElasticsearchIndex
) -> None:
    put(index, item("a"))
    before = generation.current(client, alias)

    def interrupted() -> Iterator[ItemDocument]:
        yield item("b")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(client, alias, interrupted())

    assert generation.current(client, alias) == before
    assert generation.others(client, alias) == []
    put(index, item("c"))
    assert sorted(found(index)) == ["a", "c"]


def test_what_a_killed_rebuild_left_behind_is_cleared_by_the_next(
    client: Client, alias: str, index: ElasticsearchIndex
) -> None:
    put(index, item("a"))
    before = generation.current(client, alias)
    assert before
    generation.create(client, alias)
    generation.block(client, before)
    assert [each.outcome for each in index.apply([Upsert(item("b"))])] == [Outcome.TRANSIENT]

    rebuild(client, alias, [item("a")])

    assert generation.others(client, alias) == [before]
    put(index, item("b"))
    assert sorted(found(index)) == ["a", "b"]


def test_an_answer_that_is_lost_while_the_alias_moves_loses_no_index(
    elasticsearch: Elasticsearch, client: Client, alias: str, index: ElasticsearchIndex
) -> None:
    put(index, item("a"))
    with faulty(elasticsearch.url) as proxy, make_client([proxy.url], timeout_s=5) as behind:
        proxy.next(AnswerLost(), path="/_aliases")
        with pytest.raises(IndexUnavailable):
            rebuild(behind, alias, [item("a"), item("b")])

    assert sorted(found(index)) == ["a", "b"]
    put(index, item("c"))


def test_one_document_that_cannot_be_indexed_is_told_and_holds_up_no_other(client: Client, alias: str) -> None:
    report = rebuild(client, alias, [item("a"), item("b", tags=["긴" * 20_000]), item("c" * 600)])
    assert report.indexed == 1
    assert [id for id, _ in report.failed] == ["c" * 600, "b"]


def test_a_rebuild_makes_the_first_index_too(client: Client, alias: str) -> None:
    remove_generations(client, alias)
    rebuild(client, alias, [item("a")])
    assert found(ElasticsearchIndex(client, alias)) == ["a"]

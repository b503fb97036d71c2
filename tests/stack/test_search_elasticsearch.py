"""The search index in a real Elasticsearch: the port's contract, generations, and documents of other sinks."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from elasticsearch import Elasticsearch as Client

from herofactory.search.elasticsearch import generation
from herofactory.search.elasticsearch.client import make_client
from herofactory.search.elasticsearch.index import ElasticsearchIndex
from herofactory.search.elasticsearch.places import ElasticsearchPlaces
from herofactory.search.elasticsearch.reader import ElasticsearchReader
from herofactory.search.errors import IndexMissing, IndexUnavailable, StampMismatch
from herofactory.search.places import FIRST
from herofactory.search.query import SearchQuery
from herofactory.search.write import Outcome, Remove, Upsert
from tests.contract.search_index import SearchIndexContract, found, item, put
from tests.contract.search_places import SECOND, IndexPlacesContract, owned, seen
from tests.stack.ports import free_port
from tests.stack.searching import remove_generations
from tests.support.waiting import eventually

pytestmark = pytest.mark.stack


class TestElasticsearchIndex(SearchIndexContract):
    """The contract."""


class TestElasticsearchPlaces(IndexPlacesContract):
    """The contract."""

    @pytest.fixture
    def readers(self, client: Client) -> Iterator[str]:
        """An alias that does not exist yet."""
        alias = f"items{uuid.uuid4().hex[:8]}"
        yield alias
        remove_generations(client, alias)

    @pytest.fixture
    def places(self, client: Client, readers: str) -> ElasticsearchPlaces:
        return ElasticsearchPlaces(client, alias=readers)

    @pytest.fixture
    def reader(self, client: Client, readers: str) -> ElasticsearchReader:
        return ElasticsearchReader(client, readers)

    def test_an_index_of_before_there_were_places_is_the_first_places(
        self, client: Client, places: ElasticsearchPlaces, reader: ElasticsearchReader, readers: str
    ) -> None:
        generation.ensure(client, readers)
        put(ElasticsearchIndex(client, readers), item("a"))
        with pytest.raises(IndexMissing, match="stands for no place"):
            places.in_use()
        with owned(places, FIRST):
            assert (places.in_use(), seen(reader)) == (FIRST, ["a"])

    @pytest.mark.anyio
    async def test_what_a_replay_wrote_is_seen_by_the_first_search_after_the_swap(
        self, client: Client, places: ElasticsearchPlaces, reader: ElasticsearchReader
    ) -> None:
        with owned(places, FIRST):
            places.create(SECOND)
            with owned(places, SECOND) as second:
                second.writer.apply([Upsert(item("a"))])
                places.use(SECOND)
                assert reader.count() == 1
                second.writer.apply([Upsert(item("b"))])
                await eventually(lambda: reader.count() == 2)


class TestGenerations:
    def test_an_index_is_made_once(self, client: Client, alias: str) -> None:
        before = generation.current(client, alias)
        assert not generation.ensure(client, alias)
        assert generation.current(client, alias) == before

    def test_of_several_that_find_none_one_makes_it(self, client: Client, alias: str) -> None:
        remove_generations(client, alias)
        with ThreadPoolExecutor(4) as pool:
            made = list(pool.map(lambda _: generation.ensure(client, alias), range(4)))
        assert sorted(made) == [False, False, False, True]
        assert generation.others(client, alias) == []
        put(ElasticsearchIndex(client, alias), item("a"))

    def test_an_index_without_its_alias_is_not_taken_for_ours(self, client: Client, alias: str) -> None:
        name = generation.current(client, alias)
        assert name
        client.indices.delete_alias(index=name, name=alias)
        with pytest.raises(IndexMissing, match="rebuild"):
            generation.ensure(client, alias)

    def test_the_alias_moves_in_one_step_and_readers_follow(self, client: Client, alias: str) -> None:
        index = ElasticsearchIndex(client, alias)
        put(index, item("a", "검"))
        fresh = generation.create(client, alias)
        assert generation.others(client, alias) == [fresh]
        assert found(index, "검") == ["a"]
        generation.make_current(client, alias, fresh)
        assert generation.current(client, alias) == fresh
        assert found(index) == []

    def test_an_index_of_another_version_is_told_apart(self, client: Client, alias: str) -> None:
        name = generation.current(client, alias)
        assert name
        client.indices.put_mapping(index=name, meta={"stamp": {"schema": "0", "analysis": "1"}})
        with pytest.raises(StampMismatch, match=r"schema 0 \(this program: 1\)"):
            generation.ensure(client, alias)

    def test_a_field_that_nobody_declared_is_refused(self, client: Client, alias: str) -> None:
        answer = client.bulk(operations=[{"index": {"_id": "a"}}, {"id": "a", "colour": "red"}], index=alias)
        assert answer["items"][0]["index"]["error"]["type"] == "strict_dynamic_mapping_exception"

    def test_a_missing_index_is_told_as_such_and_nothing_is_made_by_accident(self, client: Client) -> None:
        index = ElasticsearchIndex(client, f"items{uuid.uuid4().hex[:8]}")
        with pytest.raises(IndexMissing):
            index.search(SearchQuery("검"))
        assert [each.outcome for each in index.apply([Upsert(item("a"))])] == [Outcome.FATAL]
        with pytest.raises(IndexMissing):
            index.count()

    def test_a_server_that_is_not_there_is_an_outage(self) -> None:
        with make_client([f"http://127.0.0.1:{free_port()}"], timeout_s=5) as nobody:
            index = ElasticsearchIndex(nobody)
            assert [each.outcome for each in index.apply([Upsert(item("a"))])] == [Outcome.TRANSIENT]
            with pytest.raises(IndexUnavailable):
                index.search(SearchQuery("검"))


def test_the_mirrors_own_documents_are_searchable_as_another_sink_writes_them(client: Client, alias: str) -> None:
    """Without what our own sink adds: a Connect sink puts the value of `item.mirrored` as it is, and deletes."""
    index = ElasticsearchIndex(client, alias)
    plain = {**item("a", "불타는 마법검", tags=["전설"]).to_json(), "content_revision": 1}
    operations = [{"index": {"_id": "a", "version": 3, "version_type": "external"}}, plain]
    assert not client.bulk(operations=operations, index=alias, refresh=True)["errors"]

    for text in ("마법검", "마법 검을", "전설", "무기", ""):
        assert found(index, text) == ["a"], text
    assert found(index, tags=("전설",)) == ["a"]
    assert index.count() == 1

    operations = [{"delete": {"_id": "a", "version": 4, "version_type": "external"}}]
    assert not client.bulk(operations=operations, index=alias, refresh=True)["errors"]
    assert found(index) == []
    assert [each.outcome for each in index.apply([Upsert(item("a", revision=2))])] == [Outcome.STALE]


def test_what_was_swept_stands_in_the_way_of_no_later_revision(client: Client, alias: str) -> None:
    index = ElasticsearchIndex(client, alias)
    index.apply([Remove("a", 2)])
    assert index.sweep(datetime(2100, 1, 1, tzinfo=UTC)) == 1
    put(index, item("a", revision=3))
    assert found(index) == ["a"]

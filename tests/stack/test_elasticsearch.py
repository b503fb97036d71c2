from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from elasticsearch import ConflictError, helpers
from elasticsearch import Elasticsearch as Client

from herofactory.search.analysis.analyzer import korean_analyzer
from herofactory.search.analysis.nori import STOP_TAGS
from herofactory.search.analysis.user_dictionary import rules_text
from herofactory.search.synonyms import synonyms_text
from tests.stack.servers.elasticsearch import Elasticsearch

pytestmark = pytest.mark.stack
ANALYSIS = {
    "tokenizer": {
        "korean": {
            "type": "nori_tokenizer",
            "decompound_mode": "discard",
            "user_dictionary_rules": [line for line in rules_text().splitlines() if line and not line.startswith("#")],
        }
    },
    "filter": {
        "content_words": {"type": "nori_part_of_speech", "stoptags": sorted(STOP_TAGS)},
        "synonyms": {
            "type": "synonym_graph",
            "lenient": True,
            "synonyms": [line for line in synonyms_text().splitlines() if line and not line.startswith("#")],
        },
        "beginnings": {"type": "edge_ngram", "min_gram": 1, "max_gram": 10},
    },
    "analyzer": {
        "korean": {
            "type": "custom",
            "tokenizer": "korean",
            "filter": ["content_words", "nori_readingform", "lowercase"],
        },
        "korean_query": {
            "type": "custom",
            "tokenizer": "korean",
            "filter": ["content_words", "nori_readingform", "lowercase", "synonyms"],
        },
        "typed": {"type": "custom", "tokenizer": "keyword", "filter": ["lowercase", "beginnings"]},
    },
}
MAPPING = {
    "dynamic": "strict",
    "properties": {
        "name": {"type": "text", "analyzer": "korean", "search_analyzer": "korean_query"},
        "typed": {"type": "text", "analyzer": "typed", "search_analyzer": "keyword"},
        "category": {"type": "keyword"},
    },
}


@pytest.fixture(scope="module")
def client(elasticsearch: Elasticsearch) -> Iterator[Client]:
    with Client(elasticsearch.url, request_timeout=30) as client:
        yield client


@pytest.fixture
def index(client: Client) -> Iterator[str]:
    name = f"items-{uuid.uuid4().hex[:8]}"
    client.indices.create(
        index=name,
        settings={"number_of_shards": 1, "number_of_replicas": 0, "analysis": ANALYSIS},
        mappings=MAPPING,
    )
    yield name
    client.indices.delete(index=name)


def terms(client: Client, index: str, text: str) -> list[str]:
    answer = client.indices.analyze(index=index, analyzer="korean", text=text)
    return [token["token"] for token in answer["tokens"]]


def names_found(client: Client, index: str, query: dict[str, object]) -> set[str]:
    client.indices.refresh(index=index)
    return {hit["_source"]["name"] for hit in client.search(index=index, query=query)["hits"]["hits"]}


def test_the_client_recognises_the_server(client: Client) -> None:
    assert client.ping()
    assert client.info()["version"]["number"] == "9.5.3"


def test_nori_cuts_particles_off_and_knows_our_dictionary(client: Client, index: str) -> None:
    assert terms(client, index, "마법검을") == ["마법", "검"]
    assert terms(client, index, "다크엘프를 위한 활") == ["다크", "엘프", "위하", "활"]


@pytest.mark.parametrize(
    "text", ["좀비를 무찌르는 성검", "불타는 용의 심장", "고급 회복 물약 3개", "하이엘프의 은빛 활"]
)
def test_nori_reads_as_the_embedded_analyser_does(client: Client, index: str, text: str) -> None:
    assert terms(client, index, text) == korean_analyzer().terms(text)


def test_synonyms_and_beginnings_of_words_find_items(client: Client, index: str) -> None:
    client.index(index=index, id="1", document={"name": "전설의 마법검", "typed": "전설의 마법검"})

    assert names_found(client, index, {"match": {"name": "sword"}}) == {"전설의 마법검"}
    assert names_found(client, index, {"match": {"typed": "전설의 마"}}) == {"전설의 마법검"}
    assert names_found(client, index, {"match": {"name": "방패"}}) == set()


def test_an_older_revision_never_overwrites_a_newer_one(client: Client, index: str) -> None:
    newer = {"name": "새 검", "category": "weapon"}
    client.index(index=index, id="1", document=newer, version=5, version_type="external")

    with pytest.raises(ConflictError) as refused:
        client.index(index=index, id="1", document={"name": "옛 검"}, version=4, version_type="external")

    assert refused.value.status_code == 409
    assert client.get(index=index, id="1")["_source"] == newer


def test_a_bulk_tells_the_outcome_of_each_item(client: Client, index: str) -> None:
    written = {"_index": index, "version_type": "external"}
    actions = [
        {**written, "_id": "1", "version": 1, "_source": {"name": "검"}},
        {**written, "_id": "2", "version": 1, "_source": {"unknown": "refused by the strict mapping"}},
        {**written, "_id": "3", "version": 3, "_op_type": "delete"},
    ]

    outcomes = helpers.streaming_bulk(client, actions, raise_on_error=False)

    assert [next(iter(told.values()))["status"] for _, told in outcomes] == [201, 400, 404]


def test_an_alias_moves_from_one_generation_to_the_next_at_once(client: Client, index: str) -> None:
    alias, second = f"{index}-alias", f"{index}-second"
    client.indices.create(index=second, settings={"number_of_replicas": 0})
    client.indices.put_alias(index=index, name=alias)

    moves = [{"remove": {"index": index, "alias": alias}}, {"add": {"index": second, "alias": alias}}]
    client.indices.update_aliases(actions=moves)

    assert set(client.indices.get_alias(name=alias)) == {second}
    client.indices.delete(index=second)

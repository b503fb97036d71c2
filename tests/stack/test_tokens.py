"""The embedded analyser against nori in Elasticsearch itself, with our user dictionary in both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch as Client

from herofactory.glossary.glossary import Glossary
from herofactory.search.analysis.analyzer import korean_analyzer
from herofactory.search.analysis.normalize import nfc
from herofactory.search.analysis.token import Token
from herofactory.search.elasticsearch.analysis import KOREAN_ANALYZER
from herofactory.search.elasticsearch.client import make_client
from tests.herofactory.search.analysis.test_nori import f1
from tests.herofactory.search.test_golden import documents, rows
from tests.stack.searching import temporary_alias
from tests.stack.servers.elasticsearch import Elasticsearch

pytestmark = pytest.mark.stack
TEXTS = Path(__file__).parents[1] / "herofactory/search/analysis/nori_tokens.jsonl"


@pytest.fixture(scope="module")
def client(elasticsearch: Elasticsearch) -> Iterator[Client]:
    with make_client([elasticsearch.url]) as client:
        yield client


@pytest.fixture(scope="module")
def alias(client: Client) -> Iterator[str]:
    with temporary_alias(client) as alias:
        yield alias


def tokens(client: Client, alias: str, text: str) -> list[Token]:
    answer = client.indices.analyze(index=alias, analyzer=KOREAN_ANALYZER, text=text)
    return [
        Token(each["token"], each["start_offset"], each["end_offset"], each["position"]) for each in answer["tokens"]
    ]


def sample(name: str) -> list[str]:
    match name:
        case "texts":
            return [json.loads(line)["text"] for line in TEXTS.read_text("utf-8").splitlines()]
        case "items":
            return [text for document in documents() for text in (document.name, document.description) if text]
        case "queries":
            return [row["query"] for row in rows("queries.jsonl")]
    # Every twelfth name of the glossary: what names of the catalogue are made of.
    return [korean for pair in list(Glossary.load().pairs())[::12] for korean in pair.korean]


@pytest.mark.parametrize("name", ["texts", "items", "queries", "glossary"])
def test_terms_and_offsets_are_those_of_nori(client: Client, alias: str, name: str) -> None:
    texts = [nfc(text) for text in sample(name)]
    wanted = list(map(partial(tokens, client, alias), texts))
    got = [korean_analyzer().tokens(text) for text in texts]
    assert sum(map(len, wanted)) > 200
    assert f1(wanted, got) >= 0.99


def test_full_width_letters_are_read_as_plain_ones(client: Client, alias: str) -> None:
    text = "Ｓｗｏｒｄ　２"
    assert tokens(client, alias, text) == korean_analyzer().tokens(text)

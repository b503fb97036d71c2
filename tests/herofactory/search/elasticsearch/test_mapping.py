"""What the index is created with; tests/stack holds a real Elasticsearch to it."""

from __future__ import annotations

from herofactory.search.analysis.nori import STOP_TAGS
from herofactory.search.analysis.user_dictionary import parse_rules, rules_text
from herofactory.search.elasticsearch.analysis import analysis, user_dictionary_rules
from herofactory.search.elasticsearch.mapping import TEXT_FIELDS, IndexOptions, index_body, stamp
from herofactory.search.embedded.schema import TEXT_FIELDS as EMBEDDED_FIELDS
from herofactory.search.query import DEEPEST


def test_both_engines_read_one_user_dictionary() -> None:
    assert parse_rules(user_dictionary_rules()) == parse_rules(rules_text().splitlines())


def test_both_engines_drop_the_same_words() -> None:
    assert set(analysis()["filter"]["korean_stop"]["stoptags"]) == STOP_TAGS


def test_both_engines_hold_a_match_in_a_field_worth_the_same() -> None:
    assert list(TEXT_FIELDS.values()) == list(EMBEDDED_FIELDS.values())


def test_an_index_pages_as_deep_as_a_query_may_ask() -> None:
    body = index_body(IndexOptions())
    assert body["settings"]["index"]["max_result_window"] == DEEPEST
    assert body["mappings"]["_meta"]["stamp"] == stamp()


def test_every_searched_field_is_there() -> None:
    properties = index_body(IndexOptions())["mappings"]["properties"]
    for field in TEXT_FIELDS:
        name, _, sub = field.partition(".")
        assert properties[name]["fields"][sub] if sub else properties[name]

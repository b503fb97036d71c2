"""Against real nori: Lucene 10.5.0's KoreanTokenizer (decompound `discard`), default stop tags, readings, lower case.

nori_tokens.jsonl was written by Nori.java next to it, from texts of our own: without (`plain`) and with (`user`) our
user dictionary. Regenerate it when the dictionary, the user dictionary or Elasticsearch's version changes.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from herofactory.search.analysis import nori
from herofactory.search.analysis.analyzer import KoreanAnalyzer
from herofactory.search.analysis.morpheme import Mecab
from herofactory.search.analysis.token import Token
from herofactory.search.analysis.user_dictionary import UserDictionary, parse_rules

ROWS = [json.loads(line) for line in (Path(__file__).parent / "nori_tokens.jsonl").read_text("utf-8").splitlines()]


def f1(wanted: list[list[Token]], got: list[list[Token]]) -> float:
    """Token F1 over term, start and end."""
    shared = differing = 0
    for want, have in zip(wanted, got, strict=True):
        left, right = Counter(token[:3] for token in want), Counter(token[:3] for token in have)
        common = (left & right).total()
        shared += common
        differing += left.total() + right.total() - 2 * common
    return 2 * shared / (2 * shared + differing)


@pytest.mark.parametrize(
    ("column", "analyzer"), [("plain", KoreanAnalyzer(UserDictionary({}))), ("user", KoreanAnalyzer())]
)
def test_our_terms_and_offsets_are_those_of_nori(column: str, analyzer: KoreanAnalyzer) -> None:
    wanted = [[Token(*row) for row in line[column]] for line in ROWS]
    got = [analyzer.tokens(line["text"]) for line in ROWS]
    assert sum(map(len, wanted)) > 1500
    assert f1(wanted, got) >= 0.99


def test_our_positions_are_those_of_nori() -> None:
    analyzer = KoreanAnalyzer(UserDictionary({}))
    differing = [
        line["text"] for line in ROWS if [list(token) for token in analyzer.tokens(line["text"])] != line["plain"]
    ]
    assert len(differing) <= len(ROWS) * 0.01, differing


def test_a_particle_leaves_a_gap_so_that_phrases_stay_phrases() -> None:
    tokens = list(nori.tokens(Mecab().morphemes("왕의 방패")))
    assert [(token.term, token.position) for token in tokens] == [("왕", 0), ("방패", 2)]


def test_a_hanja_word_is_indexed_by_its_reading() -> None:
    assert [token.term for token in nori.tokens(Mecab().morphemes("漢字"))] == ["한자"]


def test_one_user_dictionary_holds_at_least_150_game_terms() -> None:
    from herofactory.search.analysis.user_dictionary import rules_text

    assert len(parse_rules(rules_text().splitlines())) >= 150

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herofactory.search.analysis import dictionary
from herofactory.search.analysis.analyzer import MAX_ANALYZED, korean_analyzer
from herofactory.search.analysis.morpheme import Mecab
from herofactory.search.analysis.normalize import fold, nfc


@pytest.mark.parametrize("text", ["", "   ", '!?&|()"', "\x00\x01\n", "\ud800", "\u200b\ufeff"])
def test_text_without_words_has_no_terms(text: str) -> None:
    assert korean_analyzer().terms(text) == []


def test_full_width_forms_read_as_ascii() -> None:
    assert korean_analyzer().terms("ＵＩ　버튼") == ["ui", "버튼"]


def test_english_words_are_kept_in_lower_case() -> None:
    assert korean_analyzer().terms("Pixel SWORD 팩 32x32") == ["pixel", "sword", "팩", "32", "x", "32"]


def test_control_characters_part_words_and_keep_offsets() -> None:
    assert [(t.term, t.start, t.end) for t in korean_analyzer().tokens("검\x00방패\n활")] == [
        ("검", 0, 1), ("방패", 2, 4), ("활", 5, 6),
    ]  # fmt: skip


def test_a_very_long_text_is_read_up_to_the_limit() -> None:
    tokens = korean_analyzer().tokens("검 " * 600_000)
    assert tokens[-1].end <= MAX_ANALYZED


def test_decomposed_hangul_is_composed_before_it_is_stored() -> None:
    assert nfc("\u1100\u1165\u11b7") == "검"


@given(st.text(max_size=80))
def test_any_text_is_analysed_without_changing_its_length(text: str) -> None:
    assert len(fold(text)) == len(text)
    for token in korean_analyzer().tokens(text):
        assert 0 <= token.start < token.end <= len(text)


def test_only_the_named_dictionary_package_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    # The other package of this import name is not installed in the product.
    monkeypatch.setitem(sys.modules, "mecab_ko_dic", None)
    assert Mecab(dictionary.dictionary_path()).morphemes("검")[0].surface == "검"


def test_a_missing_dictionary_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    dictionary.dictionary_path.cache_clear()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(dictionary.DictionaryMissing, match="pip install python-mecab-ko-dic"):
        dictionary.dictionary_path()
    dictionary.dictionary_path.cache_clear()

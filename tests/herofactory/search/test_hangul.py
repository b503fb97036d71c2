from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herofactory.search.hangul import compose, compose_text, decompose, initials, letters, typed_on_the_way

SYLLABLES = st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3)


@given(SYLLABLES)
def test_a_syllable_is_the_sum_of_its_letters(syllable: str) -> None:
    assert compose(*letters(syllable)) == syllable


@given(st.text(SYLLABLES, max_size=10))
def test_decomposed_text_composes_back(text: str) -> None:
    assert compose_text(decompose(text)) == text


@given(st.text(SYLLABLES, min_size=1, max_size=6), st.data())
def test_every_step_of_typing_a_word_leads_to_it(word: str, data: st.DataObject) -> None:
    head = word[: data.draw(st.integers(1, len(word)))]
    initial, vowel, _ = letters(head[-1])
    for typed in (head, head[:-1] + initial, head[:-1] + compose(initial, vowel)):
        ways = [decompose(way) for way in typed_on_the_way(typed)]
        assert any(decompose(word).startswith(way) for way in ways)


@pytest.mark.parametrize(
    ("typed", "ways"), [("맙", ["맙", "마ㅂ"]), ("값", ["값", "갑ㅅ"]), ("마", ["마"]), ("", [""]), ("a", ["a"])]
)
def test_a_final_consonant_may_belong_to_the_next_syllable(typed: str, ways: list[str]) -> None:
    assert list(typed_on_the_way(typed)) == ways


def test_initial_consonants_of_a_word() -> None:
    assert initials("마법 검2") == "ㅁㅂ ㄱ2"

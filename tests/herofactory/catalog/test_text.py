from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herofactory.catalog import text
from herofactory.catalog.text import InvalidField


@given(st.text(max_size=60))
def test_what_is_accepted_is_clean_and_stays_as_it_is(value: str) -> None:
    try:
        cleaned = text.paragraph("f", value, longest=60)
    except InvalidField:
        return
    assert unicodedata.is_normalized("NFC", cleaned)
    assert cleaned == cleaned.strip()
    assert not {"\0", "\r", "\x7f"} & set(cleaned)
    assert text.paragraph("f", cleaned, longest=60) == cleaned
    cleaned.encode("utf-8")


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x7f", "\x85", "\ud800", "\u202e", "\u2066"])
def test_a_character_that_is_not_taken_is_named_with_its_place(character: str) -> None:
    with pytest.raises(InvalidField, match=rf"U\+{ord(character):04X} at position 1"):
        text.paragraph("f", f"a{character}b", longest=10)


def test_a_line_has_single_spaces_and_no_line_end() -> None:
    assert text.line("f", "  불타는 \t\n 검 ", longest=10) == "불타는 검"


@pytest.mark.parametrize("value", ["", " ", "\n\t", "\u3000"])
def test_an_empty_line_is_refused(value: str) -> None:
    with pytest.raises(InvalidField, match="must not be empty"):
        text.line("f", value, longest=10)


def test_line_ends_become_one_kind() -> None:
    assert text.paragraph("f", "a\r\nb\rc\n", longest=10) == "a\nb\nc"


def test_length_counts_after_composition() -> None:
    assert text.line("f", unicodedata.normalize("NFD", "검검"), longest=2) == "검검"
    with pytest.raises(InvalidField, match="at most 2 characters, got 3"):
        text.line("f", "검검검", longest=2)


def test_tags_lose_their_hash_sign_and_their_doubles() -> None:
    assert text.tags("tags", ["#불", "불", " # 전설 "]) == ("불", "전설")


def test_too_many_or_empty_tags_are_refused() -> None:
    with pytest.raises(InvalidField, match="at most 10 tags"):
        text.tags("tags", map(str, range(11)))
    with pytest.raises(InvalidField, match="must not be empty"):
        text.tags("tags", ["#"])

"""One term for one thing."""

from __future__ import annotations

import pytest

from herofactory.insights.terms import clean, term_of


@pytest.mark.parametrize(
    "texts", [("마법검", "마법 검", "마법검을"), ("불타는 마법검", "불타는마법검"), ("fire sword", "Fire  SWORD")]
)
def test_spacing_particles_and_case_make_no_other_term(texts: tuple[str, ...]) -> None:
    assert len(set(map(term_of, texts))) == 1


def test_different_things_are_different_terms() -> None:
    assert len(set(map(term_of, ("검", "방패", "마법검", "fire", "!!!")))) == 5


def test_a_text_without_terms_stands_for_itself() -> None:
    assert term_of("!!!") == "!!!"


def test_what_postgresql_does_not_store_is_taken_out() -> None:
    assert clean("a\0b" + "x" * 300) == "a b" + "x" * 197

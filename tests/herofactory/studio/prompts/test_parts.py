from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herofactory.studio.prompts.datafile import rows
from herofactory.studio.prompts.embedding import DIMENSIONS, cosine, embed
from herofactory.studio.prompts.enrich import category_of, elements_of, enrich
from herofactory.studio.prompts.language import ascii_of, language_of
from herofactory.studio.prompts.lexicon import FACETS
from herofactory.studio.prompts.numbers import counted, plural


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("불타는 검", "ko"),
        ("burning sword", "en"),
        ("불타는 sword", "mixed"),
        ("花の剣です", "other"),
        ("12!", "other"),
    ],
)
def test_languages_are_told_apart(text: str, language: str) -> None:
    assert language_of(text) == language


def test_text_is_made_plain() -> None:
    assert ascii_of("Café “rouge” – 검") == 'Cafe "rouge" -'


@pytest.mark.parametrize(
    ("one", "many"),
    [("sword", "swords"), ("knife", "knives"), ("torch", "torches"), ("ruby", "rubies")],
)
def test_plurals(one: str, many: str) -> None:
    assert plural(f"red {one}") == f"red {many}"


def test_one_is_no_plural() -> None:
    assert (counted(1, "sword"), counted(2, "sword"), counted(40, "sword")) == ("one sword", "two swords", "40 swords")


def test_the_head_of_an_english_phrase_gives_the_category() -> None:
    assert category_of("a burning sword with red gems") == "weapon"
    assert category_of("gloves of a king") == "armor"
    assert category_of("xyzzy") is None


def test_the_same_subject_is_enriched_alike_and_by_its_element() -> None:
    once = enrich("ice sword", "weapon", ["handle"])
    assert once == enrich("ice sword", "weapon", ["handle"])
    assert "cold light" in once.english
    assert once.negative.startswith("handle, ")
    assert elements_of("ice sword") == {"ice", "blade"}


def test_each_recommended_word_has_a_facet_and_both_languages() -> None:
    for facet, korean, english, fits in rows("keywords.tsv"):
        assert facet in FACETS
        assert korean
        assert english.isascii()
        assert fits


@given(st.text(max_size=200))
def test_points_have_length_one(text: str) -> None:
    point = embed(text)
    assert len(point) == DIMENSIONS
    assert math.isclose(math.hypot(*point), 1.0, abs_tol=1e-9) or not any(point)


def test_what_is_about_the_same_is_nearer() -> None:
    sword = embed("burning dragon sword")
    assert cosine(sword, embed("flaming dragon swords")) > 0.4
    assert cosine(sword, embed("flaming blade")) > cosine(sword, embed("quiet library interior")) + 0.1
    assert cosine(sword, embed("cute cat ear hat")) < 0.2

from __future__ import annotations

import csv
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herofactory.studio.prompts import translate
from herofactory.studio.prompts.draft import ENGLISH_MAX, Draft
from herofactory.studio.prompts.lexicon import ADJECTIVES, FACETS, lexicon, own_terms

GOLDEN = Path(__file__).with_name("golden.tsv")
KINDS = ADJECTIVES | {"noun", "style", "stop", "shape-of", "style-of", "place"}


def golden() -> list[tuple[str, list[str]]]:
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        return [(row["korean"], row["words"].split()) for row in csv.DictReader(file, delimiter="\t")]


@pytest.mark.parametrize(("korean", "words"), golden())
def test_every_content_word_arrives_and_nothing_else(korean: str, words: list[str]) -> None:
    draft = translate(korean)
    said = re.findall(r"[\w'-]+", draft.subject)
    assert set(words) <= set(said)
    assert set(said) - set(words) <= {"and", "of", "with", "in", "on", "a"}
    assert (draft.language, draft.untranslated) == ("ko", ())


@pytest.mark.parametrize(
    ("korean", "english"),
    [
        ("붉은 보석이 박힌 황금 왕관", "gold crown set with red gem"),
        ("황금 왕관의 붉은 보석", "red gold crown gem"),
        ("검을 들고 방패를 든 기사", "knight holding sword and holding shield"),
        ("눈이 세 개 달린 괴물", "monster with three eyes"),
        ("물약 세 병", "three potions"),
        ("세 병의 물약", "three potions"),
        ("눈 덮인 산 위의 성", "castle on snowy mountain"),
        ("용이 불을 뿜는다", "dragon breathing fire"),
        ("픽셀아트 스타일의 하트 아이콘", "heart icon, pixel art"),
        ("초승달 모양 단검", "crescent-moon-shaped dagger"),
        ("나는 새", "flying bird"),
        ("연기가 나는 솥", "smoking cauldron"),
    ],
)
def test_english_words_stand_in_english_order(korean: str, english: str) -> None:
    assert translate(korean).subject == english


@pytest.mark.parametrize(
    "korean",
    ["불타는 검", "불타는 검을", "불타는 검이", "불타는 검과", "불타고 있는 검"],
)
def test_particles_and_endings_change_nothing(korean: str) -> None:
    assert translate(korean).subject.startswith("burning sword")


def test_a_predicate_is_not_the_noun_it_sounds_like() -> None:
    assert translate("검은 검").subject == "black sword"


def test_english_is_kept_as_it_was_written() -> None:
    draft = translate("A burning  sword with red gems")
    assert (draft.subject, draft.language, draft.category) == ("A burning sword with red gems", "en", "weapon")
    assert draft.english.startswith(draft.subject)


def test_a_mixture_keeps_its_english_and_gets_the_rest() -> None:
    draft = translate("fire sword를 든 귀여운 고블린")
    assert (draft.subject, draft.language) == ("cute goblin holding fire sword", "mixed")


def test_what_is_not_known_is_said_and_not_in_the_prompt() -> None:
    draft = translate("쿠쿠리를 든 고블린")
    assert (draft.subject, draft.untranslated) == ("goblin", ("쿠쿠리",))


@pytest.mark.parametrize("text", ["뀷뛟", "花の剣", "!!!", "123", "🔥🔥", "그려줘"])
def test_a_text_without_a_known_word_gives_no_prompt(text: str) -> None:
    draft = translate(text)
    assert (draft.english, draft.negative, draft.keywords) == ("", "", ())


def test_what_is_to_be_missing_goes_to_the_negative_prompt() -> None:
    assert translate("손잡이 없는 검").negative.startswith("handle, ")


def test_recommended_words_fit_and_are_not_in_the_prompt_already() -> None:
    draft = translate("불타는 용의 검")
    by_facet = {facet: [word for word in draft.keywords if word.category == facet] for facet in FACETS}
    assert all(0 < len(words) <= 3 for words in by_facet.values())
    assert "crimson" in {word.english for word in by_facet["colour"]}
    assert not [word for word in draft.keywords if word.english in draft.english]
    assert "fiery glow" in draft.english


def test_the_lexicon_is_large_and_well_formed() -> None:
    own = list(own_terms())
    assert len(own) >= 600
    assert len(lexicon()) >= 6_000
    assert {term.kind for _, term in own} <= KINDS
    assert all(unicodedata.is_normalized("NFC", korean) and term.english.isascii() for korean, term in own)


def is_safe(draft: Draft) -> bool:
    told = f"{draft.subject}{draft.english}{draft.negative}"
    return told.isascii() and (told == "" or told.isprintable()) and len(draft.english) <= ENGLISH_MAX


syllables = st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3)
WORDS = "불타는 검 을 든 용 의 세 병 물약 , 그리고 위 에 있는 없는 sword 모양 스타일 처럼 뀷 붉은 손에 개".split()  # noqa: SIM905


@given(st.text(st.one_of(st.characters(), syllables), max_size=300))
def test_any_text_gives_a_safe_prompt_or_none(text: str) -> None:
    draft = translate(text)
    assert is_safe(draft)
    assert bool(draft.english) == bool(draft.subject)


@given(st.lists(st.sampled_from(WORDS), max_size=40), st.sampled_from(["", " "]))
def test_words_in_any_order_give_a_prompt_wherever_one_of_them_is_known(words: list[str], between: str) -> None:
    draft = translate(between.join(words)[:300])
    assert is_safe(draft)
    assert draft == translate(between.join(words)[:300])


@given(st.text(syllables, max_size=100))
def test_composed_and_decomposed_text_is_the_same_text(text: str) -> None:
    assert translate(unicodedata.normalize("NFD", text)) == translate(text)

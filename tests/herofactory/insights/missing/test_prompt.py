from __future__ import annotations

import pytest

from herofactory.insights.missing.prompt import MAX_PROMPT, category_of, prompt
from herofactory.studio.prompts.translate import translate


@pytest.mark.parametrize(
    ("form", "category"), [("용암 검", "weapon"), ("사이버 늑대", "character"), ("네온 방패", "armor"), ("qwzx", None)]
)
def test_the_head_of_a_term_says_what_it_is(form: str, category: str | None) -> None:
    assert category_of(form) == category


TERMS = (
    *("용암 검", "사이버 늑대", "네온 방패", "체력 물약", "불타는 숲"),
    *("번개 폭발", "골드 버튼", "철 광석", "은반지", "qwzx"),
)


@pytest.mark.parametrize("form", TERMS)
def test_a_prompt_is_translated_as_the_term_itself(form: str) -> None:
    made, alone = translate(prompt(form)), translate(form)

    assert (made.english, made.category, made.untranslated) == (alone.english, alone.category, alone.untranslated)


def test_a_prompt_says_to_people_what_kind_of_picture_is_wanted() -> None:
    assert prompt("용암 검") == "용암 검, 하나만 크게, 한가운데"
    assert prompt("불타는 숲") == "불타는 숲"


@pytest.mark.parametrize("form", ["검", "마법 " * 100, "x" * 500])
def test_a_prompt_is_never_too_long(form: str) -> None:
    assert len(prompt(form)) <= MAX_PROMPT

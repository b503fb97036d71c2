from __future__ import annotations

import pytest

from herofactory.insights.missing.prompt import MAX_PROMPT, category_of, prompt


@pytest.mark.parametrize(
    ("form", "category"), [("용암 검", "weapon"), ("사이버 늑대", "character"), ("네온 방패", "armor"), ("qwzx", None)]
)
def test_the_head_of_a_term_says_what_it_is(form: str, category: str | None) -> None:
    assert category_of(form) == category


def test_a_prompt_names_the_thing_and_what_kind_of_picture_is_wanted() -> None:
    assert prompt("용암 검").startswith("용암 검 - 게임 무기 아이콘")


@pytest.mark.parametrize("form", ["검", "마법 " * 100, "x" * 500])
def test_a_prompt_is_never_too_long(form: str) -> None:
    assert len(prompt(form)) <= MAX_PROMPT

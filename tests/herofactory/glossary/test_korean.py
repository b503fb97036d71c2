from __future__ import annotations

import pytest

from herofactory.glossary.korean import with_and, with_means, with_object, with_topic


@pytest.mark.parametrize(("text", "expected"), [("검", "검과"), ("도끼", "도끼와"), ("활", "활과"), ("UI", "UI와")])
def test_and_follows_the_final_consonant(text: str, expected: str) -> None:
    assert with_and(text) == expected


@pytest.mark.parametrize(("text", "expected"), [("방패", "방패로"), ("활", "활로"), ("검", "검으로"), ("UI", "UI로")])
def test_means_keeps_its_short_form_after_a_vowel_and_after_rieul(text: str, expected: str) -> None:
    assert with_means(text) == expected


@pytest.mark.parametrize(("text", "expected"), [("레벨 2", "레벨 2를"), ("레벨 3", "레벨 3을"), ("'검'", "'검'을")])
def test_digits_and_quotes_take_the_particle_of_how_they_are_read(text: str, expected: str) -> None:
    assert with_object(text) == expected


@pytest.mark.parametrize(("text", "expected"), [("방패", "방패는"), ("검", "검은"), ("주사위 1", "주사위 1은")])
def test_topic_follows_the_final_consonant(text: str, expected: str) -> None:
    assert with_topic(text) == expected

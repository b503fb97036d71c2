from __future__ import annotations

import pytest

from herofactory.moderation.heads import heads_of
from herofactory.moderation.lexicon import CATEGORIES, Lexicon
from herofactory.moderation.tags import suggest_tags
from herofactory.moderation.text import View

CORE = Lexicon.core()


def tags_of(name: str) -> list[str]:
    return [noun.tag for noun in heads_of(View("name", name).folded, CORE).nouns]


@pytest.mark.parametrize(
    ("name", "heads"),
    [
        ("강철 검", ["검"]),
        ("마법검", ["검"]),
        ("기사의 검", ["검"]),
        ("검을 든 기사", ["기사"]),
        ("드래곤 방패 장식", ["장식"]),
        ("방패 모양 목걸이", ["목걸이"]),
        ("갑옷 상인", ["상인"]),
        ("검과 방패", ["검", "방패"]),
        ("방패 및 투구", ["방패", "투구"]),
        ("사과", ["사과"]),
        ("사과 세트", ["사과"]),
        ("검 방패 투구 모음", ["검", "방패", "투구"]),
        ("방패 아이콘 64x64", ["방패"]),
        ("방패 전설", ["방패"]),
        ("[무료] 방패 (검 포함)", ["방패"]),
        ("보물 상자", ["상자"]),
        ("Sword of the Dragon", ["검"]),
        ("a steel shield", ["방패"]),
        ("swords", ["검"]),
        ("갑옷 점검", []),
        ("아동용", []),
        ("알 수 없는 것", []),
        ("()", []),
        ("", []),
    ],
)
def test_the_head_is_what_the_thing_is(name: str, heads: list[str]) -> None:
    assert tags_of(name) == heads


def test_a_part_without_a_known_head_makes_the_name_no_evidence() -> None:
    assert heads_of("검과 방패", CORE).complete
    assert not heads_of("방패 / 크루노스 아이테르", CORE).complete


def test_the_core_knows_at_least_three_hundred_heads_in_every_category() -> None:
    nouns = [noun for word in _words() if (noun := CORE.whole(word)) and noun.categories]
    assert len({noun.tag for noun in nouns}) >= 300
    assert {category for noun in nouns for category in noun.categories} == set(CATEGORIES)


def test_a_longer_noun_wins_over_the_shorter_one_in_it() -> None:
    found = CORE.ending("무지개불꽃놀이")
    assert found is not None
    assert found.tag == "불꽃놀이"


def test_one_syllable_is_no_end_of_a_word_unless_it_says_so() -> None:
    assert CORE.ending("부활") is None
    assert CORE.ending("교육용") is None
    sword = CORE.ending("용사검")
    assert sword is not None
    assert sword.tag == "검"


def test_an_extension_widens_a_noun_and_never_narrows_it() -> None:
    wider = CORE.extended({"방패": "ui", "파쇄기": ["weapon", "material"]})
    shield, crusher = wider.whole("방패"), wider.whole("파쇄기")

    assert shield is not None
    assert crusher is not None
    assert shield.categories == {"armor", "ui"}
    assert not crusher.clear


def test_an_extension_with_an_unknown_category_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'파쇄기': no such category \\['food'\\]"):
        CORE.extended({"파쇄기": "food"})


def test_tags_name_the_thing_first_then_what_is_said_of_it() -> None:
    assert suggest_tags("불타는 강철 검", "드래곤을 베는 전설의 검. 방패도 벤다", CORE) == (
        "검",
        "불",
        "강철",
        "드래곤",
        "전설",
    )


def test_english_words_give_korean_tags() -> None:
    assert suggest_tags("frozen dragon sword", "", CORE) == ("검", "얼음", "용")


def test_a_particle_is_no_part_of_the_word() -> None:
    assert suggest_tags("무언가", "검은 고양이가 방패를 든다", CORE) == ("검정", "고양이", "방패")


def _words() -> list[str]:
    from herofactory.moderation.datafile import rows

    return [word for _, words, _ in rows("heads.tsv") for word in words.split("|")]

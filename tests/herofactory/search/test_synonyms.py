from __future__ import annotations

import pytest

from herofactory.search.analysis.analyzer import korean_analyzer
from herofactory.search.plan import Group, Planner
from herofactory.search.synonyms import (
    SynonymError,
    Synonyms,
    compile_synonyms,
    glossary_rules,
    parse_synonyms,
    shipped_synonyms,
)


def compiled(*lines: str) -> Synonyms:
    return compile_synonyms(parse_synonyms(lines), korean_analyzer())


def test_equals_find_each_other() -> None:
    synonyms = compiled("검, 소드, sword  # a comment")
    assert synonyms.of(("소드",)) == [("검",), ("sword",)]


def test_an_arrow_points_one_way() -> None:
    synonyms = compiled("언데드 => 언데드, 좀비")
    assert synonyms.of(("언데드",)) == [("좀비",)]
    assert synonyms.of(("좀비",)) == []


def test_rules_for_one_word_add_up() -> None:
    synonyms = compiled("검, 소드", "검 => 검, 대검")
    assert synonyms.of(("검",)) == [("소드",), ("대검",)]


def test_words_that_analysis_leaves_nothing_of_are_dropped() -> None:
    assert len(compiled("그리고, 또한")) == 0


@pytest.mark.parametrize("line", ["검", "검 =>", "=> 검", ","])
def test_a_bad_rule_is_refused_with_its_line_number(line: str) -> None:
    with pytest.raises(SynonymError, match="line 2"):
        parse_synonyms(["# words", line])


def test_the_glossary_links_english_and_korean_but_no_korean_words_with_each_other() -> None:
    synonyms = compile_synonyms(glossary_rules([("shield", ["방패", "실드"])], korean_analyzer()), korean_analyzer())
    assert set(synonyms.of(("shield",))) == {("방패",), ("실드",)}
    assert synonyms.of(("방패",)) == [("shield",)]


def test_a_translation_that_analysis_cuts_is_left_out() -> None:
    assert glossary_rules([("flying", ["나는"])], korean_analyzer()) == [(["flying"], ["flying"])]


def test_the_shipped_files_read_well_and_english_finds_korean() -> None:
    assert ("검",) in shipped_synonyms().of(("sword",))
    assert ("방패",) in shipped_synonyms().of(("shield",))


def plan(text: str, *lines: str) -> tuple[Group, ...]:
    return Planner(korean_analyzer(), compiled(*lines)).plan(text).groups


def test_the_longest_phrase_is_taken_as_one_thing() -> None:
    rules = ("체력 물약, 힐링 포션", "물약, 포션")
    assert plan("체력 물약 상자", *rules) == (Group(("체력", "물약"), (("힐링", "포션"),)), Group(("상자",)))
    assert plan("큰 물약", *rules) == (Group(("크",)), Group(("물약",), (("포션",),)))


def test_a_repeated_word_is_asked_for_once() -> None:
    assert plan("검 검 검") == (Group(("검",)),)


def test_helping_verbs_are_dropped_unless_there_is_nothing_else() -> None:
    assert plan("지팡이를 든 마법사") == (Group(("지팡이",)), Group(("마법사",)))
    assert plan("쓰는") != ()


def test_a_plan_is_bounded() -> None:
    assert len(plan(" ".join(f"w{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(300)))) == 32

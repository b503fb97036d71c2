from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herofactory.search.analysis.analyzer import KoreanAnalyzer, korean_analyzer
from herofactory.search.analysis.morpheme import Mecab, Morpheme
from herofactory.search.analysis.user_dictionary import UserDictionary, UserDictionaryError, parse_rules


def terms(text: str, *rules: str) -> list[str]:
    return KoreanAnalyzer(UserDictionary(parse_rules(rules))).terms(text)


def test_a_word_unknown_to_the_dictionary_becomes_one_term() -> None:
    assert terms("좀비") == ["비"]
    assert terms("좀비", "좀비") == ["좀비"]


def test_particles_after_a_user_word_are_still_dropped() -> None:
    assert terms("좀비를 잡는 드래곤슬레이어의 검", "좀비", "드래곤슬레이어 드래곤 슬레이어") == [
        "좀비", "잡", "드래곤", "슬레이어", "검",
    ]  # fmt: skip


def test_the_longest_rule_wins() -> None:
    assert terms("좀비왕", "좀비", "좀비왕") == ["좀비왕"]


def test_offsets_lead_back_to_the_text() -> None:
    text = "그 타일셋은 좀비와 함께"
    for token in korean_analyzer().tokens(text):
        assert text[token.start : token.end] == token.term


def test_parts_take_a_position_each() -> None:
    tokens = KoreanAnalyzer(UserDictionary(parse_rules(["타일셋 타일 셋"]))).tokens("던전 타일셋 검")
    assert [(token.term, token.position) for token in tokens] == [("던전", 0), ("타일", 1), ("셋", 2), ("검", 3)]


def test_a_stand_in_that_mecab_joins_to_its_neighbour_is_read_apart() -> None:
    class Joins:
        def morphemes(self, text: str) -> list[Morpheme]:
            return [Morpheme(text, 0, len(text), ["NNG"])]

    read = UserDictionary({"좀비": ("좀비",)}).morphemes("왕좀비떼", Joins())
    assert [(m.surface, m.start, m.end) for m in read] == [("왕", 0, 1), ("좀비", 1, 3), ("떼", 3, 4)]


@pytest.mark.parametrize(
    ("line", "message"),
    [("타일셋 타일 세트", "do not add up"), ("검", "one syllable"), ("좀비", "twice")],
)
def test_a_bad_rule_is_refused_with_its_line_number(line: str, message: str) -> None:
    with pytest.raises(UserDictionaryError, match=rf"line 3: .*{message}"):
        parse_rules(["# rules", "좀비", line])


@given(
    st.lists(st.sampled_from(["좀비", "타일셋", "검", "을", " ", "의", "마나", "v2", "!", "드래곤"]), max_size=12).map(
        "".join
    )
)
def test_tokens_lie_in_order_and_inside_the_text(text: str) -> None:
    tokens = korean_analyzer().tokens(text)
    assert all(0 <= token.start < token.end <= len(text) for token in tokens)
    assert [token.position for token in tokens] == sorted(token.position for token in tokens)


def test_mecab_can_be_used_from_several_threads() -> None:
    from concurrent.futures import ThreadPoolExecutor

    mecab = Mecab()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: mecab.morphemes("불타는 마법검과 좀비"), range(200)))
    assert all(answer == answers[0] for answer in answers)

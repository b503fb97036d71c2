from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from herofactory.insights.similar.blend import SAME_PICTURES, Similar, Why, blend, diverse
from herofactory.insights.similar.looks import Look
from herofactory.insights.similar.together import Pair, cosine

A, B, C = (UUID(int=n) for n in range(1, 4))


def test_without_anything_nothing_is_similar() -> None:
    assert blend([], {}, {}) == []


def test_before_anybody_looked_words_count_most_and_looks_decide_between_equals() -> None:
    found = blend([], {A: 0.5, B: 0.5}, {B: 4, C: 0})
    assert [each.item_id for each in found] == [B, A, C]
    assert found[0].why == (Why.WORDS, Why.LOOKS)


def test_what_many_people_looked_at_beats_what_is_called_the_same() -> None:
    found = blend([Pair(A, 40, 0.6)], {B: 1.0}, {B: 0})
    assert [each.item_id for each in found] == [A, B]
    assert found[0].why == (Why.TOGETHER,)


def test_what_three_people_looked_at_does_not() -> None:
    found = blend([Pair(A, 3, 0.3)], {B: 1.0}, {})
    assert [each.item_id for each in found] == [B, A]


def test_pictures_that_have_nothing_in_common_count_nothing() -> None:
    assert blend([], {}, {A: 20, B: 33}) == []


def test_a_pair_of_few_people_is_worth_less_than_one_of_many_at_the_same_share() -> None:
    assert cosine(3, 3, 3) < cosine(30, 30, 30) < 1


def test_a_picture_is_shown_twice_at_most() -> None:
    found = [Similar(UUID(int=n), 1.0, ()) for n in range(1, 6)]
    looks = {each.item_id: Look(each.item_id, 0b1011 if each.item_id.int < 5 else 2**40 - 1) for each in found}
    shown = diverse(found, looks, 10)
    assert [each.item_id.int for each in shown] == [1, 2, 5]
    assert SAME_PICTURES == 2


def test_items_without_a_picture_are_never_left_out() -> None:
    found = [Similar(UUID(int=n), 1.0, ()) for n in range(1, 6)]
    assert diverse(found, {}, 4) == found[:4]


shares = st.dictionaries(st.sampled_from([A, B, C]), st.floats(0, 1))


@given(shares, shares, st.integers(3, 10_000))
def test_scores_lie_between_0_and_1_and_fall(words: dict[UUID, float], seen: dict[UUID, float], people: int) -> None:
    pairs = [Pair(item, people, share) for item, share in seen.items() if share > 0.001]
    scores = [each.score for each in blend(pairs, words, {})]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1.000001 for score in scores)

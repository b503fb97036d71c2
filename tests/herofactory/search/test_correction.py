from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herofactory.search.correction import distance

WORDS = st.text("abc", max_size=6)


@pytest.mark.parametrize(
    ("left", "right", "steps"),
    [("", "", 0), ("abc", "abc", 0), ("abc", "abd", 1), ("abc", "acb", 1), ("abc", "ab", 1), ("abc", "xyz", 3)],
)
def test_letters_wrong_missing_or_swapped_are_a_step_each(left: str, right: str, steps: int) -> None:
    assert distance(left, right, 5) == steps


@given(WORDS, WORDS, st.integers(0, 3))
def test_a_bound_only_cuts_the_count_off(left: str, right: str, most: int) -> None:
    assert distance(left, right, most) == min(distance(left, right, 99), most + 1)

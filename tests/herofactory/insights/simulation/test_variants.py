"""What people type is never what the edge would not keep."""

from __future__ import annotations

from random import Random

import pytest

from herofactory.insights.simulation.variants import slip, variants, with_particle


@pytest.mark.parametrize("term", ["벼락 눈", "a b c", "불타는 검", "마법 지팡이 셋"])
def test_a_slip_has_no_space_at_an_end_and_none_twice(term: str) -> None:
    slips = {slip(term, Random(seed)) for seed in range(200)}
    assert len(slips) > 1
    assert all(each == " ".join(each.split()) for each in slips)


def test_variants_mean_the_term_and_nothing_else() -> None:
    assert variants("불타는 검") == {"불타는 검", "불타는검", "불타는 검을"}
    assert with_particle("health potion") == "health potion"

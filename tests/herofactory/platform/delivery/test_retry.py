from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herofactory.platform.delivery import RetryPolicy
from herofactory.platform.delivery.retry import MAX_RETRY_AFTER_S


@given(st.integers(1, 10_000), st.integers())
def test_delays_double_up_to_the_bound_and_half_of_each_is_chance(failures: int, seed: int) -> None:
    policy = RetryPolicy(base_s=0.1, max_s=5)
    full = min(5, 0.1 * 2 ** min(failures - 1, 20))
    assert full / 2 <= policy.delay(failures, Random(seed)) <= full


def test_a_dependency_is_given_the_patience_it_asks_for_within_reason() -> None:
    policy = RetryPolicy()
    assert policy.delay(1, Random(0), retry_after=42) == 42
    assert policy.delay(1, Random(0), retry_after=1e9) == MAX_RETRY_AFTER_S
    assert policy.delay(9, Random(0), retry_after=0.001) > 1


@pytest.mark.parametrize("bad", [{"attempts": 0}, {"base_s": 0.0}, {"base_s": 9.0, "max_s": 1.0}])
def test_nonsense_is_refused(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="RetryPolicy"):
        RetryPolicy(**bad)  # type: ignore[arg-type]  # drawn settings

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.demo.quantiles import buckets_of, histogram_quantile, quantile

EXPOSITION = """
# HELP waits_seconds Waiting.
# TYPE waits_seconds histogram
waits_seconds_bucket{le="1.0",agent="a"} 1.0
waits_seconds_bucket{le="+Inf",agent="a"} 2.0
waits_seconds_bucket{le="1.0",agent="b"} 3.0
waits_seconds_bucket{le="+Inf",agent="b"} 3.0
"""


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1))
def test_a_quantile_is_a_sample_that_enough_samples_do_not_exceed(samples: list[float], q: float) -> None:
    found = quantile(samples, q)
    assert found in samples
    assert sum(sample <= found for sample in samples) >= q * len(samples)


def test_a_quantile_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no samples"):
        quantile([], 0.5)


def test_buckets_are_summed_over_labels() -> None:
    assert buckets_of(EXPOSITION, "waits_seconds") == [(1.0, 4.0), (math.inf, 5.0)]


def test_within_a_bucket_the_quantile_is_linear() -> None:
    assert histogram_quantile([(1.0, 0.0), (3.0, 10.0), (math.inf, 10.0)], 0.5) == pytest.approx(2.0)


def test_beyond_the_last_bound_nothing_more_is_claimed() -> None:
    assert histogram_quantile([(1.0, 1.0), (math.inf, 100.0)], 0.99) == 1.0


def test_an_empty_histogram_has_no_quantile() -> None:
    assert histogram_quantile([], 0.5) is None
    assert histogram_quantile([(1.0, 0.0), (math.inf, 0.0)], 0.5) is None

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from herofactory.insights.traffic.durations import (
    ERROR,
    SHORTEST_NS,
    bucket_of,
    merged,
    middle_ms,
    percentile_ms,
    to_array,
)

HOUR_NS = 3_600_000_000_000
DURATIONS = st.integers(SHORTEST_NS + 1, HOUR_NS)


@settings(deadline=None)
@given(DURATIONS)
def test_a_bucket_stands_for_what_is_in_it_within_the_stated_error(duration_ns: int) -> None:
    assert middle_ms(bucket_of(duration_ns)) * 1e6 == pytest.approx(duration_ns, rel=ERROR * (1 + 1e-9))


@settings(deadline=None)
@given(DURATIONS, DURATIONS)
def test_what_took_longer_is_in_no_earlier_bucket(one: int, other: int) -> None:
    assert (bucket_of(one) <= bucket_of(other)) or one > other


@settings(deadline=None)
@given(st.lists(DURATIONS, min_size=1), st.floats(0, 1))
def test_a_percentile_is_the_nearest_rank_within_the_stated_error(durations: list[int], share: float) -> None:
    middle = len(durations) // 2
    parts = [{}, *(_histogram(part) for part in (durations[:middle], durations[middle:]))]
    exact = sorted(durations)[max(math.ceil(share * len(durations)), 1) - 1] / 1e6
    assert percentile_ms(merged(parts), share) == pytest.approx(exact, rel=ERROR * (1 + 1e-9))


def test_of_nothing_there_is_no_percentile() -> None:
    assert percentile_ms({}, 0.5) is None


def test_the_ends_are_taken_too() -> None:
    assert bucket_of(0) == bucket_of(SHORTEST_NS) == 0
    assert middle_ms(0) == 0.01
    assert bucket_of(HOUR_NS * 24) == bucket_of(HOUR_NS)


def test_the_table_holds_pairs() -> None:
    assert to_array({7: 1, 3: 2}) == [3, 2, 7, 1]


def _histogram(durations: list[int]) -> dict[int, int]:
    buckets = [bucket_of(each) for each in durations]
    return {bucket: buckets.count(bucket) for bucket in buckets}

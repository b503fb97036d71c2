from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from herofactory.insights.segment import Row
from herofactory.insights.traffic.fold import fold

ROWS = st.lists(
    st.tuples(
        st.integers(0, 30).map(str),
        st.integers(0, 300),
        st.sampled_from(["/a", "/b"]),
        st.sampled_from(["GET", "POST"]),
        st.sampled_from([200, 404, 500]),
        st.integers(0, 10**10),
    ),
    unique_by=lambda row: row[0],
)


@settings(deadline=None)
@given(ROWS, st.randoms(use_true_random=False))
def test_neither_order_nor_repeats_change_anything(rows: list[Row], random: Random) -> None:
    repeated = [*rows, *(random.choice(rows) for _ in rows)]
    random.shuffle(repeated)
    assert fold(repeated) == fold(rows)


@settings(deadline=None)
@given(ROWS)
def test_every_request_is_in_one_bucket(rows: list[Row]) -> None:
    buckets = fold(rows)
    assert sum(each.requests for each in buckets) == len(rows)
    assert all(sum(each.durations.values()) == each.requests and each.minute % 60 == 0 for each in buckets)

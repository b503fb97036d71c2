from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from herofactory.search.embedded import order

FLOATS = st.floats(0, 1e9, width=32)


@given(FLOATS, FLOATS)
def test_popularity_keys_order_as_the_numbers_do(left: float, right: float) -> None:
    assert (left < right) <= (order.popular_key(left, "a") < order.popular_key(right, "a"))


@given(st.integers(0, 2**31), st.integers(0, 2**31), st.text(), st.text())
def test_the_price_decides_before_the_id(left: int, right: int, one: str, other: str) -> None:
    assert (left < right) <= (order.price_key(left, one) < order.price_key(right, other))


@given(st.one_of(st.floats(), st.just(float("inf"))), st.text())
def test_any_popularity_gives_a_key_and_a_bounded_lift(popularity: float, id: str) -> None:
    assert 0 <= order.popular_key(popularity, id) < 2**64
    assert 0.0 <= order.weight(popularity, id) <= 2**1.6 - 2


@given(st.integers(0, 10**11), st.text())
def test_creation_times_order_by_the_millisecond(ms: int, id: str) -> None:
    born = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
    assert order.newest_key(born, id) < order.newest_key(born + timedelta(milliseconds=1), "b") < 2**64

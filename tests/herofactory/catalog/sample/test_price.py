from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from herofactory.catalog.categories import CATEGORIES, Category
from herofactory.catalog.sample.price import STEP, price_of


@given(name=st.text(), category=st.sampled_from(CATEGORIES))
def test_a_price_is_whole_steps_up_to_a_plausible_limit(name: str, category: Category) -> None:
    price = price_of(name, category)
    assert price % STEP == 0
    assert 0 <= price <= 9_000
    assert price == price_of(name, category)


def test_some_items_are_free_and_most_are_not() -> None:
    prices = [price_of(f"icon-{number}", "weapon") for number in range(1_200)]
    assert 50 < prices.count(0) < 200
    assert len(set(prices)) == 11


def test_prices_stay_the_same_between_versions() -> None:
    assert [price_of(name, "weapon") for name in ("broadsword", "flaming-arrow")] == [4000, 4500]

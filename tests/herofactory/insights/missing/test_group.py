from __future__ import annotations

from datetime import UTC, datetime

import pytest

from herofactory.insights.missing.group import Group, merged

AT = datetime(2026, 3, 2, tzinfo=UTC)


def group(searches: int, empty: int, clicked: int = 0, *, people: int = 0, lately: int = 0, **forms: int) -> Group:
    return Group(
        "말", forms or {"말": searches}, searches, empty, clicked, frozenset(range(people)), frozenset(range(people)),
        frozenset(range(lately)), AT, AT,
    )  # fmt: skip


def test_a_term_that_finds_nothing_is_missing_whoever_looks_for_it() -> None:
    only = group(1, 1, people=1)
    assert (only.kind(0.4), only.rate("no_results")) == ("no_results", 1.0)


def test_a_term_that_finds_something_most_of_the_time_is_not() -> None:
    assert group(10, 4, people=4).kind(0.4) is None


def test_where_some_searches_found_something_one_person_is_too_few_to_say_otherwise() -> None:
    assert group(2, 1, people=1).kind(0.4) is None
    assert group(6, 3, people=3).kind(0.4) == "no_results"


def test_a_click_shows_that_something_was_found() -> None:
    assert group(10, 9, 1, people=4).kind(0.4) is None


def test_a_term_that_used_to_find_something_is_missing_once_three_people_in_a_row_found_nothing() -> None:
    assert group(100, 3, 40, lately=2).kind(0.4) is None
    assert group(100, 3, 40, lately=3).kind(0.4) == "no_results"


@pytest.mark.parametrize(("searches", "share", "missing"), [(17, 0.35, True), (16, 0.35, False), (80, 0.05, False)])
def test_no_clicks_must_be_more_than_bad_luck(searches: int, share: float, missing: bool) -> None:
    unclicked = group(searches, 0, people=5)
    assert (unclicked.kind(share) == "no_clicks") is missing
    assert unclicked.rate("no_clicks") == 1.0


def test_two_people_are_too_few_for_no_clicks() -> None:
    assert group(500, 0, people=2).kind(0.35) is None


@pytest.mark.parametrize("share", [None, 0.0])
def test_where_nobody_clicks_anything_nothing_follows_from_it(share: float | None) -> None:
    assert group(500, 0, people=50).kind(share) is None


def test_there_is_no_rate_without_searches() -> None:
    assert group(0, 0).rate("no_results") is None
    assert group(3, 3).rate("no_clicks") is None


def test_merging_counts_people_once() -> None:
    one, other = group(3, 3, people=3, 검=3), group(2, 2, people=2, 겁=2)
    both = merged([one, other], {})["말"]
    assert (both.searches, both.empty, len(both.empty_people), both.form) == (5, 5, 3, "검")


@pytest.mark.parametrize(("form", "personal"), [("검 [email]", True), ("[phone]", True), ("검 [전설]", False)])
def test_masks_of_personal_data_are_recognised(form: str, personal: bool) -> None:
    assert group(1, 1, **{form: 1}).personal is personal

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herofactory.insights.figures.baseline import SEASONS, Baseline, deviance
from herofactory.insights.figures.trending import trends
from herofactory.insights.window import Window

HOUR = SEASONS[Window.HOUR]
CELLS = HOUR.cells + 1
STEADY = [1_000.0] * CELLS


def score(people: dict[int, int], traffic: list[float] = STEADY) -> float:
    return Baseline(traffic, HOUR).judge(people).score


def test_what_is_always_big_is_expected() -> None:
    judged = Baseline(STEADY, HOUR).judge(dict.fromkeys(range(CELLS), 200))
    assert judged.expected == pytest.approx(200, rel=0.01)
    assert abs(judged.score) < 0.1


def test_what_is_never_searched_for_trends_with_five_people() -> None:
    assert [trend.term for trend in trends({"새 검": {0: 5}, "한 사람": {0: 4}}, STEADY, HOUR)] == ["새 검"]


def test_twice_the_traffic_expects_twice_the_people() -> None:
    usual = dict.fromkeys(range(1, CELLS), 20)
    doubled = Baseline([2_000.0, *STEADY[1:]], HOUR).judge({0: 40, **usual})
    assert doubled.expected == pytest.approx(40, rel=0.01)
    assert abs(doubled.score) < 0.1


def test_an_hour_that_is_half_over_expects_half_the_people() -> None:
    usual = dict.fromkeys(range(1, CELLS), 20)
    assert Baseline([500.0, *STEADY[1:]], HOUR).judge(usual).expected == pytest.approx(10, rel=0.01)


def test_every_evening_is_no_news_and_the_same_at_noon_is() -> None:
    evenings = dict.fromkeys(range(24, CELLS, 24), 30)
    assert score({0: 30, **evenings}) < 1
    assert score({0: 30, **{lag + 12: 30 for lag in range(0, CELLS - 12, 24)}}) > 4


def test_the_same_day_of_the_week_counts_most() -> None:
    mondays = dict.fromkeys(range(168, CELLS, 168), 60)
    tuesdays = {lag - 24: 60 for lag in range(168, CELLS, 168)}
    assert Baseline(STEADY, HOUR).judge(mondays).expected > 1.8 * Baseline(STEADY, HOUR).judge(tuesdays).expected


def test_a_burst_that_goes_on_fades() -> None:
    scores = [score(dict.fromkeys(range(hours), 30)) for hours in range(1, 9)]
    assert scores == sorted(scores, reverse=True)
    assert trends({"검": dict.fromkeys(range(8), 30)}, STEADY, HOUR) == []


def test_a_new_store_has_no_trends() -> None:
    assert trends({"검": {0: 50}}, [100.0] * 24, HOUR) == []
    assert trends({"검": {0: 50}}, [100.0] * 25, HOUR) != []


def test_no_traffic_now_has_no_trends() -> None:
    assert trends({}, [], HOUR) == []
    assert trends({"검": {0: 50}}, [0.0, *STEADY[1:]], HOUR) == []


@pytest.mark.parametrize("window", Window)
def test_every_window_finds_the_new_and_leaves_the_usual(window: Window) -> None:
    season = SEASONS[window]
    cells = range(season.cells + 1)
    people = {"늘": dict.fromkeys(cells, 40), "새": {0: 40}}
    assert [trend.term for trend in trends(people, [5_000.0] * len(cells), season)] == ["새"]


@given(st.integers(0, 10_000), st.floats(1e-6, 10_000), st.floats(0.01, 3))
def test_the_score_is_finite_and_has_the_sign_of_the_difference(now: int, expected: float, dispersion: float) -> None:
    found = deviance(now, expected, dispersion)
    assert abs(found) < 1_000
    assert found == 0 or (found > 0) == (now > expected)


@given(st.floats(0.001, 100), st.floats(0.01, 3))
def test_more_people_never_score_less(expected: float, dispersion: float) -> None:
    scores = [deviance(now, expected, dispersion) for now in range(0, 200, 7)]
    assert scores == sorted(scores)

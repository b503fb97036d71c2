from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from herofactory.insights.bucket import BUCKET_S, HOUR_S
from herofactory.insights.figures.baseline import SEASONS
from herofactory.insights.figures.trending import SUPPORT, Trend, trends
from herofactory.insights.simulation.plan import Plan
from herofactory.insights.simulation.simulator import Simulator
from herofactory.insights.simulation.truth import Burst
from herofactory.insights.terms import term_of
from herofactory.insights.window import Window
from tests.herofactory.insights.simulated import ITEMS, MONDAY, Counted, folds

TOP = 10
SEASON = SEASONS[Window.HOUR]
CALM = Plan(MONDAY, days=4, visits=2_500, bursts=0)


def shown_at(counted: Counted, end: int) -> list[Trend]:
    people = {term: counted.cells(term, end) for term in counted.candidates(end, SUPPORT)}
    return trends(people, counted.traffic(end), SEASON)[:TOP]


def hourly(counted: Counted) -> Iterator[tuple[int, Trend]]:
    for end in range(counted.start + HOUR_S, counted.end, HOUR_S):
        for trend in shown_at(counted, end):
            yield end, trend


def found_in_its_first_hour(counted: Counted, burst: Burst) -> bool:
    """Looked for every ten minutes, the last time before the hour is over."""
    first = int(burst.start) // BUCKET_S * BUCKET_S
    ends = range(first + HOUR_S, first, -2 * BUCKET_S)
    return any(trend.term == term_of(burst.term) for end in ends for trend in shown_at(counted, end))


def counted(plan: Plan) -> tuple[Counted, Simulator]:
    simulator = Simulator(plan, ITEMS)
    return Counted(folds(simulator.events())), simulator


@pytest.mark.parametrize("seed", [1, 2])
def test_bursts_are_in_the_top_ten_within_their_first_hour_and_little_else_ever_is(seed: int) -> None:
    figures, simulator = counted(Plan(MONDAY, seed=seed, visits=2_500, bursts=50, settling_days=4))
    bursts = simulator.truth.bursts
    found = sum(found_in_its_first_hour(figures, burst) for burst in bursts)
    shown = list(hourly(figures))
    false = [
        (end, trend)
        for end, trend in shown
        if not any(
            term_of(burst.term) == trend.term and burst.start < end and end - HOUR_S < burst.end for burst in bursts
        )
    ]
    print(f"seed {seed}: {found} of {len(bursts)} bursts, {len(false)} of {len(shown)} shown are false: {false}")
    assert len(bursts) == 50
    assert found >= 45
    assert len(false) <= 0.05 * len(shown)


@pytest.mark.parametrize(
    "plan",
    [replace(CALM, season=False), replace(CALM, growth=0.5), CALM],
    ids=["flat", "everything grows", "nights and weekends"],
)
def test_nothing_trends_when_nothing_happens(plan: Plan) -> None:
    figures, _ = counted(plan)
    assert list(hourly(figures)) == []

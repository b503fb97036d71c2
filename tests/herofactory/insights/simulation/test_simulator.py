from __future__ import annotations

import tracemalloc
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime
from itertools import islice, pairwise
from random import Random
from uuid import UUID

import pytest

from herofactory.insights.bucket import HOUR_S
from herofactory.insights.simulation import season
from herofactory.insights.simulation.occurrence import Occurrence
from herofactory.insights.simulation.plan import BadPlan, Plan
from herofactory.insights.simulation.simulator import Simulator
from herofactory.insights.simulation.truth import Truth
from herofactory.insights.simulation.vocabulary import SimulatedItem, vocabulary
from herofactory.insights.terms import term_of
from herofactory.platform.events.codec import EventCodec
from herofactory.platform.events.search import ItemViewed, SearchClicked, SearchQueried
from tests.herofactory.insights.simulated import ITEMS, MONDAY, folds

PLAN = Plan(MONDAY, days=3, visits=800, bursts=2, settling_days=1)


def simulated(plan: Plan = PLAN) -> tuple[list[Occurrence], Truth]:
    simulator = Simulator(plan, ITEMS)
    return list(simulator.events()), simulator.truth


@pytest.fixture(scope="module")
def traffic() -> tuple[list[Occurrence], Truth]:
    return simulated()


def test_equal_seeds_give_equal_events_and_others_others() -> None:
    short = replace(PLAN, days=1.5)
    assert simulated(short) == simulated(short)
    assert simulated(short)[0] != simulated(replace(short, seed=2))[0]


def test_events_come_in_time_order_and_each_once(traffic: tuple[list[Occurrence], Truth]) -> None:
    events, _ = traffic
    assert all(one.at <= other.at for one, other in pairwise(events))
    assert len({each.event_id for each in events}) == len(events)
    assert events[0].occurred_at.date() == MONDAY.date()


def test_everything_says_that_it_is_simulated(traffic: tuple[list[Occurrence], Truth]) -> None:
    assert {each.event.source for each in traffic[0]} == {"simulated"}


def test_the_time_of_a_search_is_in_its_id(traffic: tuple[list[Occurrence], Truth]) -> None:
    for each in islice(traffic[0], 300):
        event = each.event
        if isinstance(event, SearchQueried) and event.page == 1:
            number = UUID(event.query_id)
            assert number.version == 7
            assert number.int >> 80 == int(each.at * 1000)


def test_clicks_name_a_search_before_them_and_an_item_it_showed(traffic: tuple[list[Occurrence], Truth]) -> None:
    shown: dict[str, list[str]] = defaultdict(list)
    clicks = 0
    for _, _, event in traffic[0]:
        if isinstance(event, SearchQueried):
            shown[event.query_id] += event.shown
        elif isinstance(event, SearchClicked):
            clicks += 1
            assert shown[event.query_id][event.position - 1] == event.item_id
    assert clicks > 100


def test_first_results_are_clicked_most(traffic: tuple[list[Occurrence], Truth]) -> None:
    clicks = Counter(each.event.position for each in traffic[0] if isinstance(each.event, SearchClicked))
    assert clicks[1] > clicks[3] > clicks[8]


def test_a_view_follows_every_click(traffic: tuple[list[Occurrence], Truth]) -> None:
    viewed = {(e.query_id, e.item_id) for _, _, e in traffic[0] if isinstance(e, ItemViewed)}
    assert all((e.query_id, e.item_id) in viewed for _, _, e in traffic[0] if isinstance(e, SearchClicked))


def test_few_terms_are_searched_for_often_and_many_rarely(traffic: tuple[list[Occurrence], Truth]) -> None:
    events, truth = traffic
    by_people = [e for _, _, e in events if isinstance(e, SearchQueried) and e.person not in truth.robots]
    terms = Counter(event.normalised for event in by_people if event.total)
    often = [count for _, count in terms.most_common()]
    assert sum(often[:20]) > 0.25 * sum(often)
    assert len(often) > 400


def test_missing_terms_find_nothing_and_the_truth_counts_them(traffic: tuple[list[Occurrence], Truth]) -> None:
    events, truth = traffic
    assert len(truth.missing) == 20
    for vain in truth.missing.values():
        own = [e for _, _, e in events if isinstance(e, SearchQueried) and e.normalised in vain.variants]
        assert 0 < vain.searches <= len(own)
        assert vain.people == {event.person for event in own}
        assert {event.total for event in own} == {0}


def test_variants_are_one_term_to_the_analyser(traffic: tuple[list[Occurrence], Truth]) -> None:
    variants = [(term, form) for term, vain in traffic[1].missing.items() for form in vain.variants]
    folded = [term_of(form) == term_of(term) for term, form in variants]
    assert sum(folded) >= 0.9 * len(folded)


def test_ignored_terms_are_never_clicked(traffic: tuple[list[Occurrence], Truth]) -> None:
    events, truth = traffic
    texts = {e.query_id: e.normalised for _, _, e in events if isinstance(e, SearchQueried)}
    clicked = {texts[e.query_id] for _, _, e in events if isinstance(e, SearchClicked)}
    assert len(truth.ignored) == 5
    assert not truth.ignored & clicked


def test_many_people_search_for_a_burst_in_its_first_hour(traffic: tuple[list[Occurrence], Truth]) -> None:
    events, truth = traffic
    assert len(truth.bursts) == 2
    for burst in truth.bursts:
        hour = [e for at, _, e in events if burst.start <= at < burst.start + HOUR_S and isinstance(e, SearchQueried)]
        people = {event.person for event in hour if term_of(event.normalised) == term_of(burst.term)}
        assert burst.people / 2 < len(people) < burst.people * 2


def test_the_fold_counts_robots_and_noise_apart() -> None:
    plan = Plan(MONDAY, days=1, visits=400, bursts=0, robots=3)
    events, truth = simulated(plan)
    asked = sum(e.person in truth.robots for _, _, e in events)
    quality = [bucket for fold in folds(events) for bucket in fold.quality]
    assert sum(bucket.robots for bucket in quality) == pytest.approx(asked, rel=0.02)
    assert sum(bucket.noise for bucket in quality) > 20
    assert sum(bucket.reloads for bucket in quality) > 5
    assert not {int(robot, 16) for robot in truth.robots} & {one for bucket in quality for one in bucket.people}


def test_a_week_has_evenings_and_a_mean_of_one() -> None:
    hours = [season.factor(datetime.fromtimestamp(MONDAY.timestamp() + n * HOUR_S, MONDAY.tzinfo)) for n in range(168)]
    assert sum(hours) / 168 == pytest.approx(1, abs=0.01)
    assert max(hours) > 10 * min(hours)


def test_every_event_fits_its_schema(traffic: tuple[list[Occurrence], Truth], codec: EventCodec) -> None:
    for each in islice(traffic[0], 200):
        assert codec.decode(each.event.topic, codec.encode(each.event)) == each.event


def test_memory_does_not_grow_with_the_days() -> None:
    stream = Simulator(Plan(MONDAY, days=2, visits=2_000, bursts=0), ITEMS).events()
    list(islice(stream, 4_000))
    tracemalloc.start()
    for _ in islice(stream, 12_000):
        pass
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 2_000_000


def test_what_the_store_has_is_not_missing() -> None:
    plan = replace(PLAN, missing=("마법 거북", "불의 검"))
    words = vocabulary([SimulatedItem("1", "마법  거북", ("동물",))], plan, Random(1))
    assert [term.text for term in words.missing] == ["불의 검"]
    assert {term.text for term in words.terms} == {"마법 거북", "마법", "거북", "동물"}


def test_plans_that_cannot_be_are_refused() -> None:
    with pytest.raises(BadPlan, match="zone"):
        Plan(datetime(2026, 1, 1))
    with pytest.raises(BadPlan, match="bursts fits 2 days"):
        Plan(MONDAY, days=2)
    with pytest.raises(BadPlan, match="no item"):
        Simulator(PLAN, [])

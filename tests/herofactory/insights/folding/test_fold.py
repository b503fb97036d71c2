"""The fold against a plain computation over all raw events."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from herofactory.insights.bucket import Fold
from herofactory.insights.folding.fold import closes_at, fold
from herofactory.insights.intake import Intake
from herofactory.insights.observation import Observation
from herofactory.insights.rows import observation_of
from herofactory.insights.segment import pack, unpack
from tests.herofactory.insights import naive
from tests.herofactory.insights.compare import assert_equal
from tests.herofactory.insights.drawn import HOUR, ITEMS, START, id_at, joined, mixed, raw_events, take
from tests.herofactory.insights.naive import Figures, Raw

Folds = dict[tuple[int, int], Fold]


def folds(intake: Intake, now: float | None = None) -> Folds:
    """Every hour and shard from its segments and those of its neighbours, through their bytes."""
    bodies = {where: pack(rows) for where, rows in intake.rows.items()}

    def observations(hour: int, shard: int) -> Any:
        near = [bodies[at, shard] for at in (hour - HOUR, hour, hour + HOUR) if (at, shard) in bodies]
        return [observation_of(row) for body in near for row in unpack(body)]

    return {(hour, shard): fold(hour, observations(hour, shard), now, joined) for hour, shard in bodies}


def as_figures(made: Folds) -> Figures:
    found = Figures()
    for (hour, shard), each in made.items():
        for term in each.terms:
            found.terms[term.simulated, term.bucket, term.term, shard] = _values(term)
        for item in each.items:
            found.items[item.simulated, item.bucket, item.item_id, shard] = _values(item)
        for quality in each.quality:
            found.quality[quality.simulated, quality.bucket, shard] = _values(quality)
        for pair in each.pairs:
            found.pairs[pair.simulated, hour, pair.a, pair.b, shard] = {"people": pair.people}
    return found


def _values(bucket: Any) -> dict[str, Any]:
    values = asdict(bucket)
    for key in ("simulated", "bucket", "term", "item_id"):
        values.pop(key, None)
    return values


@settings(max_examples=200, deadline=None)
@given(raw_events(), st.integers(0, 9))
def test_figures_are_those_of_a_plain_computation(events: list[Raw], seed: int) -> None:
    made = as_figures(folds(take(mixed(events, seed))))

    assert_equal(made, naive.figures(events, joined))


@settings(max_examples=80, deadline=None)
@given(raw_events(bursts=False), st.integers(0, 40))
def test_what_is_younger_than_three_seconds_does_not_count_yet(events: list[Raw], index: int) -> None:
    now = events[index % len(events)].at + 1.5 if events else 0.0
    seen = [event for event in events if event.at <= now]

    assert_equal(as_figures(folds(take(seen), now)), naive.figures(seen, joined, now))


@settings(max_examples=80, deadline=None)
@given(raw_events(bursts=False), st.data())
def test_a_late_event_changes_only_hours_it_says_it_touches(events: list[Raw], data: st.DataObject) -> None:
    if not events:
        return
    late = data.draw(st.sampled_from(events))
    before = folds(take(event for event in events if event is not late))
    after = folds(take(events))
    intake = take([late])

    changed = {where for where in {*before, *after} if before.get(where, Fold()) != after.get(where, Fold())}
    assert changed <= intake.rows.keys() | intake.near


@settings(max_examples=60, deadline=None)
@given(raw_events(bursts=False), st.integers(0, 40))
def test_the_next_closing_is_when_figures_change_by_themselves(events: list[Raw], index: int) -> None:
    now = events[index % len(events)].at + 1.5 if events else 0.0
    intake = take(event for event in events if event.at <= now)
    observations: defaultdict[int, list[Observation]] = defaultdict(list)
    for (_, shard), rows in intake.rows.items():
        observations[shard] += [observation_of(row) for row in rows]
    for hour, shard in intake.rows:
        closing = closes_at(hour, observations[shard], now)
        until = closing - 0.001 if closing is not None else None
        assert fold(hour, observations[shard], now, joined) == fold(hour, observations[shard], until, joined)


def test_many_pairs_are_bounded() -> None:
    views = [
        Raw("view", id_at(START + n, n), float(START + n), 4, "a", item_id=f"0190c0de-0000-7000-8000-{n:012x}")
        for n in range(100)
    ]

    made = folds(take(views))[START, 0]

    assert len(made.pairs) == 20 * 80 + sum(range(20))


def test_an_event_far_away_changes_nothing() -> None:
    near = Raw("view", id_at(START, 1), float(START), 4, "a", item_id=ITEMS[0])
    far = replace(near, event_id=id_at(START, 2), at=near.at + 3 * HOUR)
    rows = [row for rows in take([near, far]).rows.values() for row in rows]

    assert fold(START, map(observation_of, rows)) == fold(START, [observation_of(rows[0])])

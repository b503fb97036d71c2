"""Who behaves like a machine: judged by what one person does within an hour, never by address or programme."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import fmean, pstdev

from herofactory.insights.observation import Click, Observation, Search, View
from herofactory.insights.rules import ROBOT_SEARCHES, ROBOT_VIEWS, STEADY_SEARCHES, STEADY_VARIATION


def robots(settled: Iterable[Search], touches: Iterable[Observation]) -> frozenset[int]:
    """`settled`: the hour's, in order. `touches`: the hour's clicks and views."""
    times: defaultdict[int, list[float]] = defaultdict(list)
    views: defaultdict[int, int] = defaultdict(int)
    clickers: set[int] = set()
    for search in settled:
        times[search.person].append(search.at)
    for touch in touches:
        if isinstance(touch, Click):
            clickers.add(touch.person)
        elif isinstance(touch, View):
            views[touch.person] += 1
    many = {person for person, searches in times.items() if len(searches) > ROBOT_SEARCHES}
    steady = {person for person, searches in times.items() if person not in clickers and _is_steady(searches)}
    return frozenset(many | steady | {person for person, number in views.items() if number > ROBOT_VIEWS})


def _is_steady(times: Sequence[float]) -> bool:
    if len(times) < STEADY_SEARCHES:
        return False
    gaps = [later - earlier for earlier, later in pairwise(times)]
    return pstdev(gaps) <= STEADY_VARIATION * fmean(gaps)

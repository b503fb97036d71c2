"""Which searches count as such, and which were only typed on the way to another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from herofactory.insights.folding.clicks import Clicks
from herofactory.insights.folding.order import in_order
from herofactory.insights.observation import Search
from herofactory.insights.rules import SETTLE_S
from herofactory.insights.terms import clean


@dataclass(frozen=True, slots=True)
class Settled:
    searches: Sequence[Search]
    """In order."""
    noise: Sequence[Search]
    open: Sequence[Search]
    """Too young to say."""


def is_search(search: Search) -> bool:
    """Further pages belong to their search, and browsing looks for nothing."""
    return search.page == 1 and bool(clean(search.text))


def settle(searches: Iterable[Search], clicks: Clicks, now: float | None) -> Settled:
    """`searches`: those that `is_search`. `now`: seconds since the epoch, or None when all is long over."""
    settled: list[Search] = []
    noise: list[Search] = []
    still_open: list[Search] = []
    for visit in _visits(searches):
        for index, search in enumerate(visit):
            if clicks.of(search):
                settled.append(search)
            elif _typed_on(visit, index):
                noise.append(search)
            elif now is not None and now < search.at + SETTLE_S:
                still_open.append(search)
            else:
                settled.append(search)
    return Settled(in_order(settled), noise, still_open)


def _visits(searches: Iterable[Search]) -> Iterable[Sequence[Search]]:
    """The searches of each person and session, in order."""
    visits: defaultdict[tuple[int, str], list[Search]] = defaultdict(list)
    for search in in_order(searches):
        visits[search.person, search.session].append(search)
    return visits.values()


def _typed_on(visit: Sequence[Search], index: int) -> bool:
    search = visit[index]
    for later in visit[index + 1 :]:
        if later.at - search.at >= SETTLE_S:
            return False
        if later.text != search.text:
            return True
    return False

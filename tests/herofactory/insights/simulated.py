"""Simulated traffic and the figures that the fold makes of it, in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import product

from herofactory.insights.bucket import BUCKET_S, HOUR_S, Fold
from herofactory.insights.folding.fold import fold
from herofactory.insights.observation import Click, Observation, Search, View
from herofactory.insights.rules import LOOK_AHEAD_S, LOOK_BACK_S
from herofactory.insights.simulation.occurrence import Occurrence
from herofactory.insights.simulation.vocabulary import SimulatedItem
from herofactory.platform.events.search import SearchClicked, SearchQueried

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
_OWNERS = (
    "불 얼음 번개 독 어둠 빛 바람 대지 강철 황금 은빛 고대 저주받은 축복받은 낡은 거대한 작은 붉은 푸른 초록 검은 하얀"
)
_THINGS = (
    "검 활 방패 갑옷 투구 물약 반지 목걸이 지팡이 도끼 단검 망토 장화 장갑 두루마리 보석 열쇠 상자 깃발 다리 수레"
    " 늑대 독수리 슬라임 드래곤 기사 마법사 궁수 도적 상인 공주"
)


def item(number: int, name: str, *tags: str) -> SimulatedItem:
    return SimulatedItem(f"{number:08x}-0000-7000-8000-000000000000", name, tags)


ITEMS = [
    item(n, f"{owner} {thing}", owner, thing)
    for n, (owner, thing) in enumerate(product(_OWNERS.split(), _THINGS.split()))
]


def observed(occurrence: Occurrence) -> Observation:
    event = occurrence.event
    base = (occurrence.event_id, occurrence.at, event.session, int(event.person, 16), True)
    if isinstance(event, SearchQueried):
        return Search(*base, event.query_id, event.normalised, event.page, event.total, False)
    if isinstance(event, SearchClicked):
        return Click(*base, event.query_id, event.item_id, event.position, event.after_ms)
    return View(*base, event.item_id)


def folds(occurrences: Iterable[Occurrence]) -> Iterator[Fold]:
    """Hour by hour. `occurrences` in time order."""
    hour = 0
    held: list[Observation] = []
    for each in map(observed, occurrences):
        hour = hour or int(each.at) // HOUR_S * HOUR_S
        while each.at >= hour + HOUR_S + LOOK_AHEAD_S:
            yield fold(hour, held)
            hour += HOUR_S
            held = [kept for kept in held if kept.at >= hour - LOOK_BACK_S]
        held.append(each)
    while held and held[-1].at >= hour:
        yield fold(hour, held)
        hour += HOUR_S


class Counted:
    """People per term, and searches, by bucket."""

    def __init__(self, folded: Iterable[Fold]) -> None:
        self.people: dict[str, dict[int, frozenset[int]]] = defaultdict(dict)
        self.terms: dict[int, list[str]] = defaultdict(list)
        self.searches: dict[int, int] = defaultdict(int)
        for each in folded:
            for row in each.terms:
                self.people[row.term][row.bucket] = row.people
                self.terms[row.bucket].append(row.term)
            for total in each.quality:
                self.searches[total.bucket] += total.searches
        self.start = min(self.searches)
        self.end = max(self.searches) + BUCKET_S

    def within(self, term: str, end: int, length: int = HOUR_S) -> int:
        """People in the `length` seconds before `end`."""
        own = self.people[term]
        return len(frozenset[int]().union(*(own.get(bucket, ()) for bucket in range(end - length, end, BUCKET_S))))

    def candidates(self, end: int, least: int) -> list[str]:
        active = {term for bucket in range(end - HOUR_S, end, BUCKET_S) for term in self.terms[bucket]}
        return [term for term in active if self.within(term, end) >= least]

    def cells(self, term: str, end: int) -> dict[int, int]:
        """People in the hour before `end`, in the one before that, ..."""
        found: dict[int, set[int]] = defaultdict(set)
        for bucket, people in self.people[term].items():
            if bucket < end:
                found[(end - 1 - bucket) // HOUR_S] |= people
        return {cell: len(people) for cell, people in found.items()}

    def traffic(self, end: int) -> list[float]:
        hours = (end - self.start) // HOUR_S
        return [
            float(sum(self.searches[end - hour * HOUR_S - part * BUCKET_S] for part in range(1, 13)))
            for hour in range(hours)
        ]

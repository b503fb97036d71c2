"""Counted searches and looks, drawn by hypothesis; as rows of the tables, and for naive counting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from hypothesis import strategies as st

from herofactory.insights.bucket import BUCKET_S, HOUR_S, Fold, ItemBucket, QualityBucket, TermBucket
from herofactory.insights.keeping import days, hours
from herofactory.insights.keeping.place import Place
from herofactory.insights.observation import SHARDS
from herofactory.insights.window import Range
from herofactory.platform.postgres.database import Database

ORIGIN = datetime(2026, 5, 4, tzinfo=UTC)
DAYS = 5
TERMS = ("검", "방패", "용", "mana")
ITEMS = [UUID(int=n) for n in range(1, 5)]
_BUCKETS = DAYS * 24 * 12
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Fact:
    """One search of one person, and what they clicked and viewed after it."""

    at: int
    simulated: bool
    person: int
    term: str
    form: str
    empty: bool
    clicks: int
    item: UUID
    views: int
    reformulated: bool

    @property
    def bucket(self) -> int:
        return self.at // BUCKET_S * BUCKET_S


def _fact(bucket: int, simulated: bool, person: int, term: str, kind: int, item: UUID) -> Fact:
    clicks, empty = kind % 3, kind % 5 == 0
    at = int(ORIGIN.timestamp()) + bucket * BUCKET_S + kind
    return Fact(at, simulated, person, term, term + "을" * (kind % 2), empty, clicks, item, kind % 4, kind == 7)


FACTS = st.lists(
    st.builds(
        _fact,
        st.integers(0, _BUCKETS - 1),
        st.sampled_from([False, False, True]),
        st.one_of(st.integers(0, 8), st.just(2**64 - 1)),
        st.sampled_from(TERMS),
        st.integers(0, 29),
        st.sampled_from(ITEMS),
    ),
    max_size=40,
)
STALE = st.sets(st.integers(0, DAYS - 1))


@st.composite
def _ranges(draw: st.DrawFn) -> Range:
    start = draw(st.integers(0, _BUCKETS - 1))
    end = draw(st.integers(start + 1, _BUCKETS))
    return Range(ORIGIN + timedelta(seconds=start * BUCKET_S), ORIGIN + timedelta(seconds=end * BUCKET_S))


RANGES = _ranges()


def within(facts: Iterable[Fact], during: Range, simulated: bool) -> list[Fact]:
    """Those that figures of the range are made of."""
    start, end = during.start.timestamp(), during.end.timestamp()
    return [fact for fact in facts if start <= fact.at < end and (simulated or not fact.simulated)]


async def store(database: Database, generation: int, facts: Sequence[Fact], stale: Iterable[int]) -> None:
    """As the keeper would have; the days `stale` were merged while nothing was there, and are marked."""
    marked = [ORIGIN.date() + timedelta(days=number) for number in stale]
    async with database.transaction() as transaction:
        for (hour, shard), own in _grouped(facts, lambda fact: (fact.at // HOUR_S * HOUR_S, fact.person % SHARDS)):
            await hours.replace(transaction, Place(generation, "search", hour, shard), _fold(own))
        for number in range(DAYS):
            day: date = ORIGIN.date() + timedelta(days=number)
            if day in marked:
                await days.mark(transaction, generation, day, ORIGIN)
            else:
                await days.merge(transaction, generation, day)


def _grouped(facts: Sequence[Fact], key: Callable[[Fact], K]) -> Iterator[tuple[K, list[Fact]]]:
    groups: dict[K, list[Fact]] = {}
    for fact in facts:
        groups.setdefault(key(fact), []).append(fact)
    yield from groups.items()


def _fold(facts: Sequence[Fact]) -> Fold:
    return Fold(
        terms=tuple(_term(own) for _, own in _grouped(facts, lambda fact: (fact.simulated, fact.bucket, fact.term))),
        items=tuple(_item(own) for _, own in _grouped(facts, lambda fact: (fact.simulated, fact.bucket, fact.item))),
        quality=tuple(_quality(own) for _, own in _grouped(facts, lambda fact: (fact.simulated, fact.bucket))),
    )


def _term(own: Sequence[Fact]) -> TermBucket:
    return TermBucket(
        own[0].simulated,
        own[0].bucket,
        own[0].term,
        Counter(fact.form for fact in own),
        len(own),
        sum(fact.empty for fact in own),
        sum(fact.clicks > 0 for fact in own),
        sum(fact.clicks for fact in own),
        frozenset(fact.person for fact in own),
        frozenset(fact.person for fact in own if fact.empty),
    )


def _item(own: Sequence[Fact]) -> ItemBucket:
    views, clicks = sum(fact.views for fact in own), sum(fact.clicks for fact in own)
    return ItemBucket(
        own[0].simulated, own[0].bucket, own[0].item, views, clicks, frozenset(fact.person for fact in own)
    )  # fmt: skip


def _quality(own: Sequence[Fact]) -> QualityBucket:
    clicked = [fact for fact in own if fact.clicks]
    return QualityBucket(
        own[0].simulated,
        own[0].bucket,
        len(own),
        empty=sum(fact.empty for fact in own),
        clicked=len(clicked),
        clicks=sum(fact.clicks for fact in own),
        position_sum=sum(2 * fact.clicks for fact in own),
        first_clicks=len(clicked),
        first_click_ms_sum=1_500.0 * len(clicked),
        reformulated=sum(fact.reformulated for fact in own),
        noise=len(own),
        reloads=2 * len(own),
        robots=3 * len(own),
        people=frozenset(fact.person for fact in own),
    )

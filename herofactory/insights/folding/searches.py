"""Buckets of what was searched for, and of how well it went."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from herofactory.insights.bucket import BUCKET_S, QualityBucket, TermBucket
from herofactory.insights.folding.counted import Counted
from herofactory.insights.observation import Search
from herofactory.insights.terms import clean


@dataclass(frozen=True, slots=True)
class Tally:
    """The hour's searches. Robots are in `settled` alone."""

    robots: frozenset[int]
    settled: Sequence[Search]
    counted: Sequence[Counted]
    noise: Sequence[Search]
    repeats: Sequence[Search]


def bucket_of(search: Search) -> int:
    return int(search.at // BUCKET_S) * BUCKET_S


def term_buckets(simulated: bool, tally: Tally) -> Iterator[TermBucket]:
    found: defaultdict[tuple[int, str], list[Counted]] = defaultdict(list)
    for each in tally.counted:
        found[bucket_of(each.search), each.term].append(each)
    for (bucket, term), within in sorted(found.items()):
        yield _term_bucket(simulated, bucket, term, within)


def _term_bucket(simulated: bool, bucket: int, term: str, within: Sequence[Counted]) -> TermBucket:
    empty = [each for each in within if _is_missing(each.search)]
    return TermBucket(
        simulated=simulated,
        bucket=bucket,
        term=term,
        forms=dict(sorted(Counter(clean(each.search.text) for each in within).items())),
        searches=len(within),
        empty=len(empty),
        clicked=sum(bool(each.clicks) for each in within),
        clicks=sum(len(each.clicks) for each in within),
        people=_people(within),
        empty_people=_people(empty),
    )


def quality_buckets(simulated: bool, tally: Tally) -> Iterator[QualityBucket]:
    noise = Counter(map(bucket_of, tally.noise))
    repeats = Counter(map(bucket_of, tally.repeats))
    robots = Counter(bucket_of(each) for each in tally.settled if each.person in tally.robots)
    counted: defaultdict[int, list[Counted]] = defaultdict(list)
    for each in tally.counted:
        counted[bucket_of(each.search)].append(each)
    for bucket in sorted({*noise, *repeats, *robots, *counted}):
        within = counted[bucket]
        first_clicks = [each.first_click_ms for each in within if each.first_click_ms is not None]
        yield QualityBucket(
            simulated=simulated,
            bucket=bucket,
            searches=len(within),
            empty=sum(each.search.total == 0 for each in within),
            clicked=sum(bool(each.clicks) for each in within),
            clicks=sum(len(each.clicks) for each in within),
            position_sum=sum(click.position for each in within for click in each.clicks.values()),
            first_clicks=len(first_clicks),
            first_click_ms_sum=float(sum(first_clicks)),
            reformulated=sum(each.reformulated for each in within),
            noise=noise[bucket],
            reloads=repeats[bucket],
            robots=robots[bucket],
            people=_people(within),
        )


def _is_missing(search: Search) -> bool:
    """Nothing found behind a filter does not mean that the store has nothing."""
    return search.total == 0 and not search.filtered


def _people(within: Iterable[Counted]) -> frozenset[int]:
    return frozenset(each.search.person for each in within)

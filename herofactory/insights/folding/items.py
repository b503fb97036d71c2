"""Items that were looked at: how often, by whom, and which ones together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from uuid import UUID

from herofactory.insights.bucket import BUCKET_S, ItemBucket, PairBucket
from herofactory.insights.observation import Click, View
from herofactory.insights.rules import PAIRED_ITEMS, RELOAD_S, VISIT_S

Touch = Click | View


def first_touches(touches: Iterable[Touch]) -> Iterator[Touch]:
    """Without those that repeat the same kind by the same person on the same item. `touches` are in order."""
    previous: dict[tuple[type[Touch], int, str], float] = {}
    for touch in touches:
        key = (type(touch), touch.person, touch.item_id)
        if touch.at - previous.get(key, float("-inf")) >= RELOAD_S:
            yield touch
        previous[key] = touch.at


def item_buckets(simulated: bool, touches: Iterable[Touch]) -> Iterator[ItemBucket]:
    """`touches`: the first ones, of the hour."""
    found: defaultdict[tuple[int, str], list[Touch]] = defaultdict(list)
    for touch in touches:
        found[int(touch.at // BUCKET_S) * BUCKET_S, touch.item_id].append(touch)
    for (bucket, item_id), within in sorted(found.items()):
        clicks = sum(isinstance(touch, Click) for touch in within)
        people = frozenset(touch.person for touch in within)
        yield ItemBucket(simulated, bucket, UUID(item_id), len(within) - clicks, clicks, people)


def pair_buckets(simulated: bool, touches: Sequence[Touch], hour: int) -> Iterator[PairBucket]:
    """Pairs whose later half falls into the hour. `touches` are in order, and reach back over VISIT_S."""
    people: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for person, visit in _visits(touches):
        for pair in _pairs(visit, hour):
            people[pair].add(person)
    for (a, b), together in sorted(people.items()):
        yield PairBucket(simulated, UUID(a), UUID(b), len(together))


def _visits(touches: Iterable[Touch]) -> Iterator[tuple[int, Sequence[Touch]]]:
    """The touches of each person and session, in order."""
    visits: defaultdict[tuple[int, str], list[Touch]] = defaultdict(list)
    for touch in touches:
        visits[touch.person, touch.session].append(touch)
    for (person, _), visit in visits.items():
        yield person, visit


def _pairs(visit: Sequence[Touch], hour: int) -> Iterator[tuple[str, str]]:
    """Each item with those last seen before it, within half an hour."""
    seen: dict[str, float] = {}
    for touch in visit:
        seen.pop(touch.item_id, None)  # a dict keeps the order of insertion: the last seen come last
        if touch.at >= hour:
            for other, at in islice(reversed(seen.items()), PAIRED_ITEMS):
                if touch.at - at >= VISIT_S:
                    break
                yield min(other, touch.item_id), max(other, touch.item_id)
        seen[touch.item_id] = touch.at

"""The fold of one hour of one shard. The rules stand in docs/adr/0010-insights.md, their numbers in rules.py."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from herofactory.insights.bucket import HOUR_S, Fold
from herofactory.insights.folding.clicks import Clicks
from herofactory.insights.folding.counted import count
from herofactory.insights.folding.items import first_touches, item_buckets, pair_buckets
from herofactory.insights.folding.order import in_order, once
from herofactory.insights.folding.robots import robots
from herofactory.insights.folding.searches import Tally, quality_buckets, term_buckets
from herofactory.insights.folding.settle import is_search, settle
from herofactory.insights.observation import Click, Observation, Search, View
from herofactory.insights.rules import LOOK_AHEAD_S, LOOK_BACK_S, SETTLE_S
from herofactory.insights.terms import TermOf, term_of


def fold(hour: int, observations: Iterable[Observation], now: float | None = None, term_of: TermOf = term_of) -> Fold:
    """All figures of the hour that begins at `hour` (seconds since the epoch).

    `observations`: the hour's and those of its margins (LOOK_BACK_S before, LOOK_AHEAD_S after), in any order, repeated
    or not; those further away change nothing. `now`: searches younger than SETTLE_S do not count yet; None counts all.
    """
    distinct = list(once(observations))
    parts = [
        _Part(hour, simulated, [each for each in distinct if each.simulated is simulated], now, term_of)
        for simulated in (False, True)
    ]
    return Fold(
        terms=tuple(bucket for part in parts for bucket in term_buckets(part.simulated, part.tally)),
        items=tuple(bucket for part in parts for bucket in item_buckets(part.simulated, part.first_touches())),
        quality=tuple(bucket for part in parts for bucket in quality_buckets(part.simulated, part.tally)),
        pairs=tuple(bucket for part in parts for bucket in pair_buckets(part.simulated, part.touches, hour)),
    )


def closes_at(hour: int, observations: Iterable[Observation], now: float) -> float | None:
    """When the next search that is still open at `now`, and that the hour's figures depend on, can be judged."""
    times = [
        each.at + SETTLE_S
        for each in observations
        if isinstance(each, Search) and is_search(each) and each.at + SETTLE_S > now and _matters(hour, each)
    ]
    return min(times, default=None)


def _matters(hour: int, each: Observation) -> bool:
    return hour - LOOK_BACK_S <= each.at < hour + HOUR_S + LOOK_AHEAD_S


class _Part:
    """The real observations, or the simulated ones: nothing of one changes a figure of the other."""

    def __init__(
        self, hour: int, simulated: bool, observations: Sequence[Observation], now: float | None, term_of: TermOf
    ) -> None:
        self.simulated = simulated
        self._hour = hour
        # A click belongs to its search's figures whenever it came, and to its item's only within reach.
        clicks = Clicks(each for each in observations if isinstance(each, Click))
        near = [each for each in observations if _matters(hour, each)]
        searches = [each for each in near if isinstance(each, Search) and is_search(each)]
        settled = settle(searches, clicks, now)
        touches = in_order(each for each in near if isinstance(each, Click | View) and each.at < hour + HOUR_S)
        self.robots = robots(filter(self._within, settled.searches), filter(self._within, touches))
        counted, repeats = count(settled.searches, clicks, term_of)
        self.tally = Tally(
            robots=self.robots,
            settled=[each for each in settled.searches if self._within(each)],
            counted=[each for each in counted if self._counts(each.search)],
            noise=[each for each in settled.noise if self._counts(each)],
            repeats=[each for each in repeats if self._counts(each)],
        )
        self.touches = [each for each in touches if each.person not in self.robots]

    def first_touches(self) -> Iterable[Click | View]:
        return filter(self._within, first_touches(self.touches))

    def _within(self, each: Observation) -> bool:
        return self._hour <= each.at < self._hour + HOUR_S

    def _counts(self, search: Search) -> bool:
        return self._within(search) and search.person not in self.robots

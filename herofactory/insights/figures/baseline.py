"""How many people would have searched for a term now if nothing had happened? Pure; the reasons stand in ADR 11.

Time is cut into cells of one length that end with the cell that is judged; cell `n` lies `n` cells before it. Counts
are compared as shares of their cell's traffic, so growth of everything, and a cell that is not over, cancel out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from herofactory.insights.window import Window

OTHER_DAYS = 0.35
"""Weight of the same hour of another day of the week, next to 1 for the same hour of the same day."""
MEAN_CELLS = 2.0
"""A season's share is shrunk towards the term's mean share as if that had been seen for so many cells."""
UNSEEN = 0.5
"""People added to every history (Jeffreys): a term never seen is rare, not impossible."""
HALF_LIFE = 3.0
"""Cells after which half of a burst that goes on is expected."""
RECENT = 12
"""Cells back in which a burst is looked for that goes on."""
DISPERSION = (0.05, 0.5)
"""Bounds of the variance beyond Poisson's, relative to the mean's square: days differ, also for the calmest term."""


@dataclass(frozen=True, slots=True)
class Season:
    cell: timedelta
    cells: int
    """Of history."""
    period: int
    """Cells after which cells are alike."""
    long: int
    """Cells after which they are most alike; a multiple of `period`."""
    least: int
    """So many cells back there has to be traffic, or nothing is judged: what is new then cannot be told."""


SEASONS = {
    Window.HOUR: Season(timedelta(hours=1), 28 * 24, period=24, long=168, least=24),
    Window.DAY: Season(timedelta(days=1), 28, period=1, long=7, least=2),
    Window.WEEK: Season(timedelta(days=7), 4, period=1, long=1, least=1),
    Window.MONTH: Season(timedelta(days=30), 2, period=1, long=1, least=1),
}


@dataclass(frozen=True, slots=True)
class Judged:
    now: int
    expected: float
    score: float
    """Standard deviations above what was expected; negative below."""


class Baseline:
    """What the traffic of the cells says about any term."""

    def __init__(self, traffic: Sequence[float], season: Season) -> None:
        """`traffic`: searches in the cells 0, 1, 2, ..., as far as there is history."""
        self._traffic = traffic[: season.cells + 1]
        self._season = season
        past = self._traffic[1:]
        self._total = sum(past)
        self._prior = MEAN_CELLS * self._total / max(1, sum(1 for count in past if count))
        self._phases = [sum(past[lag - 1] for lag in self._lags(phase)) for phase in range(season.period)]
        self._squares = [sum(past[lag - 1] ** 2 for lag in self._lags(phase)) for phase in range(season.period)]
        self._alike = sum(self._weight(lag) * past[lag - 1] for lag in self._lags(0))

    @property
    def known(self) -> bool:
        """Whether there is traffic now and enough history to judge by."""
        return bool(self._traffic and self._traffic[0]) and any(self._traffic[self._season.least :])

    def judge(self, people: Mapping[int, int]) -> Judged:
        """`people`: cell to people who searched for the term, where there were any."""
        now = people.get(0, 0)
        past = {lag: count for lag, count in people.items() if 0 < lag < len(self._traffic)}
        mean = sum(past.values()) / self._total if self._total else 0.0
        seen = sum(self._weight(lag) * n for lag, n in past.items() if lag % self._season.period == 0)
        usual = (seen + self._prior * mean + UNSEEN) / (self._alike + self._prior)
        shares = self._shares(past, mean)
        share = usual + self._carried(past, shares)
        # What is usual is known the less, the fewer people it was learnt from.
        unsure = (usual / share) ** 2 / (sum(past.values()) + UNSEEN)
        expected = share * self._traffic[0]
        return Judged(now, expected, deviance(now, expected, self._dispersion(past, shares) + unsure))

    def _lags(self, phase: int) -> Iterator[int]:
        first = phase or self._season.period
        return iter(range(first, len(self._traffic), self._season.period))

    def _weight(self, lag: int) -> float:
        return 1.0 if lag % self._season.long == 0 else OTHER_DAYS

    def _shares(self, past: Mapping[int, int], mean: float) -> list[float]:
        """Expected share of each phase of the season."""
        seen = [0] * self._season.period
        for lag, count in past.items():
            seen[lag % self._season.period] += count
        return [
            (count + self._prior * mean) / (traffic + self._prior)
            for count, traffic in zip(seen, self._phases, strict=True)
        ]

    def _carried(self, past: Mapping[int, int], shares: Sequence[float]) -> float:
        """Share by which the last cells exceeded theirs, the older the less: what goes on becomes the expected."""
        keep = 0.5 ** (1 / HALF_LIFE)
        carried = 0.0
        for lag in range(1, min(RECENT + 1, len(self._traffic))):
            if self._traffic[lag]:
                excess = past.get(lag, 0) / self._traffic[lag] - shares[lag % self._season.period]
                carried += (1 - keep) * keep ** (lag - 1) * max(0.0, excess)
        return carried

    def _dispersion(self, past: Mapping[int, int], shares: Sequence[float]) -> float:
        """By moments over the term's own history: sum((n - e)² - e) / sum(e²), within bounds."""
        squares = sum(share**2 * square for share, square in zip(shares, self._squares, strict=True))
        if not squares:
            return DISPERSION[0]
        missed = squares - sum(share * traffic for share, traffic in zip(shares, self._phases, strict=True))
        for lag, count in past.items():
            missed += count**2 - 2 * count * shares[lag % self._season.period] * self._traffic[lag]
        return min(max(missed / squares, DISPERSION[0]), DISPERSION[1])


def deviance(now: float, expected: float, dispersion: float) -> float:
    """Signed root of the negative binomial's deviance: close to normal also where little is expected."""
    size = 1 / dispersion
    apart = (now + size) * math.log((1 + dispersion * now) / (1 + dispersion * expected))
    own = now * math.log(now / expected) if now else 0.0
    return math.copysign(math.sqrt(max(0.0, 2 * (own - apart))), now - expected)

"""The traffic of a plan, minute by minute: memory does not grow with its length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from operator import itemgetter
from random import Random

from herofactory.insights.simulation import season
from herofactory.insights.simulation.identity import person
from herofactory.insights.simulation.occurrence import Occurrence
from herofactory.insights.simulation.plan import Plan
from herofactory.insights.simulation.robots import Robot
from herofactory.insights.simulation.truth import Burst, Truth, Vain
from herofactory.insights.simulation.variants import variants
from herofactory.insights.simulation.visit import Visit
from herofactory.insights.simulation.vocabulary import SimulatedItem, Term, Vocabulary, vocabulary

MINUTE_S = 60
BURST_PEOPLE = (15, 60)
"""In its first hour."""
BURST_HOURS = (2.0, 6.0)
LATE_S = 50 * 60
"""Before the end, bursts begin that are to be trending then."""
CALM = 0.2
"""Share of the most searched terms that have no burst: for them it would be an ordinary evening."""


class Simulator:
    """`events()` yields what happened in time order, once; `truth` tells what was put in."""

    def __init__(self, plan: Plan, items: Iterable[SimulatedItem]) -> None:
        """Raises BadPlan."""
        self._plan = plan
        # Not for secrets: a simulation must repeat.
        self._rng = Random(plan.seed)  # noqa: S311
        self._vocabulary = vocabulary(items, plan, self._rng)
        self._terms = {term.text: term for term in self._vocabulary.terms}
        self._robots = [Robot(n, plan.seed, self._rng, self._vocabulary) for n in range(plan.robots)]
        self._pending: dict[int, list[Occurrence]] = {}
        self._moment = plan.start
        self.truth = Truth(
            bursts=_bursts(plan, self._vocabulary, self._rng),
            missing={term.text: Vain(term.text, variants(term.text)) for term in self._vocabulary.missing},
            ignored=frozenset(term.text for term in self._vocabulary.terms if not term.clickable),
            robots=frozenset(robot.person for robot in self._robots),
        )

    def events(self) -> Iterator[Occurrence]:
        first = int(self._plan.start.timestamp()) // MINUTE_S
        last = first + round(self._plan.days * 24 * 60)
        for minute in range(first, last):
            self._fill(minute, first)
            yield from sorted(self._pending.pop(minute, ()), key=itemgetter(0))
        for minute in sorted(self._pending):
            yield from sorted(self._pending.pop(minute), key=itemgetter(0))

    def _fill(self, minute: int, first: int) -> None:
        start = minute * MINUTE_S
        self._moment = datetime.fromtimestamp(start, UTC)
        days = (minute - first) // (24 * 60)
        rate = self._plan.visits / 86_400 * (1 + self._plan.growth) ** days
        for at in self._arrivals(start, rate * (season.factor(self._moment) if self._plan.season else 1.0)):
            self._visit(at, self._draw())
        for burst in (burst for burst in self.truth.bursts if burst.start <= start < burst.end):
            for at in self._arrivals(start, burst.rate(start)):
                self._visit(at, self._terms[burst.term])
        for robot in self._robots:
            self._keep(robot.minute(start))

    def _arrivals(self, start: float, rate: float) -> Iterator[float]:
        """Of a Poisson process of `rate` a second, within one minute."""
        at = start + self._rng.expovariate(rate) if rate else float("inf")
        while at < start + MINUTE_S:
            yield at
            at += self._rng.expovariate(rate)

    def _visit(self, at: float, term: Term) -> None:
        # Squared: a tenth of the people make a third of the visits.
        number = int(self._rng.random() ** 2 * self._plan.people)
        who = person(self._plan.seed, number)
        self._keep(Visit(self._rng, who, at, self._draw, self._vain).run(term))

    def _draw(self) -> Term:
        if self._vocabulary.missing and self._rng.random() < self._plan.missing_share:
            return self._rng.choice(self._vocabulary.missing)
        for _ in range(8):
            term = self._vocabulary.draw(self._rng)
            if not term.evening or not self._plan.season or season.evening(self._moment):
                break
        return term

    def _vain(self, term: str, written: str, who: str) -> None:
        vain = self.truth.missing[term]
        if written in vain.variants:
            vain.searches += 1
            vain.people.add(who)

    def _keep(self, events: list[Occurrence]) -> None:
        for occurrence in events:
            self._pending.setdefault(int(occurrence.at) // MINUTE_S, []).append(occurrence)


def _bursts(plan: Plan, words: Vocabulary, rng: Random) -> tuple[Burst, ...]:
    """Spread evenly over the days after settling, each of another term."""
    calm = int(len(words.terms) * CALM)
    eligible = [term.text for term in words.terms[calm:] if not term.evening]
    count = min(plan.bursts, len(eligible))
    gap = (plan.days - plan.settling_days) * 86_400 / max(1, count)
    start = plan.start.timestamp() + plan.settling_days * 86_400
    spread = tuple(
        Burst(term, start + (n + rng.random() * 0.5) * gap, rng.uniform(*BURST_HOURS), rng.randint(*BURST_PEOPLE))
        for n, term in enumerate(rng.sample(eligible, count))
    )
    late = min(plan.late_bursts, count)
    end = plan.start.timestamp() + plan.days * 86_400
    return (*spread[: count - late], *(replace(each, start=end - LATE_S) for each in spread[count - late :]))

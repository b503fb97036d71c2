"""Programs that search: at even gaps, through the whole vocabulary, and never click."""

from __future__ import annotations

from random import Random

from herofactory.insights.simulation.identity import person, uuid7_at
from herofactory.insights.simulation.occurrence import Occurrence
from herofactory.insights.simulation.visit import PAGE
from herofactory.insights.simulation.vocabulary import Vocabulary
from herofactory.platform.events.search import SearchQueried

GAPS_S = (7.0, 20.0, 90.0)
"""Fast ones show by their number of searches, slow ones by their even gaps."""
HOURS = 5
"""At work a day."""


class Robot:
    def __init__(self, number: int, seed: int, rng: Random, vocabulary: Vocabulary) -> None:
        self.person = person(seed, f"robot {number}")
        self._rng = rng
        self._vocabulary = vocabulary
        self._gap = GAPS_S[number % len(GAPS_S)]
        self._starts_at_hour = rng.randrange(24 - HOURS)
        self._next_term = rng.randrange(len(vocabulary.terms))
        self._due = 0.0

    def minute(self, start: float) -> list[Occurrence]:
        """What it does in the minute from `start` on."""
        hour = start // 3600 % 24
        if not self._starts_at_hour <= hour < self._starts_at_hour + HOURS:
            return []
        at = max(self._due, start)
        events = []
        while at < start + 60:
            events.append(self._ask(at))
            at += self._gap * self._rng.uniform(0.98, 1.02)
        self._due = at
        return events

    def _ask(self, at: float) -> Occurrence:
        self._next_term = (self._next_term + 1) % len(self._vocabulary.terms)
        term = self._vocabulary.terms[self._next_term]
        query = SearchQueried(
            uuid7_at(at, self._rng), self.person, self.person, None, term.text, term.text, None, (), None, None,
            "relevance", len(term.items), term.items[:PAGE], 3.0, None, 1, "simulated",
        )  # fmt: skip
        return Occurrence(at, uuid7_at(at, self._rng), query)

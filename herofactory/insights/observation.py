"""What was observed, in the few fields that figures need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from herofactory.platform.events.search import Source

SHARDS = 4
"""Persons are spread over so many shards; a shard's hour is the unit of work. Changing it needs a new generation."""
EXCLUDED: frozenset[Source] = frozenset({"replay", "test"})


@dataclass(frozen=True, slots=True)
class Observed:
    event_id: str
    at: float
    """Event time, seconds since the epoch."""
    session: str
    person: int
    """The pseudonym: 0 <= person < 2**64. Its shard is `person % SHARDS`."""
    simulated: bool


@dataclass(frozen=True, slots=True)
class Search(Observed):
    query_id: str
    text: str
    """Normalised; empty when browsing, which is no search."""
    page: int
    total: int
    filtered: bool
    """By category, tag or price: nothing found then does not mean that the store has nothing."""


@dataclass(frozen=True, slots=True)
class Click(Observed):
    query_id: str
    item_id: str
    position: int
    after_ms: int | None


@dataclass(frozen=True, slots=True)
class View(Observed):
    item_id: str


Observation = Search | Click | View
Kind = Literal["search", "access"]

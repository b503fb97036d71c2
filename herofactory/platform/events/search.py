"""Events of searching and looking. Field meanings stand in `schemas/avro/{search.*,item.viewed}.avsc`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from herofactory.platform.events.base import Event, event

Source = Literal["typed", "suggestion", "replay", "test", "simulated"]
MissingKind = Literal["no_results", "no_clicks"]


@event("search.query")
@dataclass(frozen=True, slots=True)
class SearchQueried(Event):
    query_id: str
    session: str
    person: str
    user_id: str | None
    text: str
    normalised: str
    category: str | None
    tags: tuple[str, ...]
    min_price: int | None
    max_price: int | None
    sort: str
    total: int
    shown: tuple[str, ...]
    latency_ms: float
    corrected_to: str | None
    page: int
    source: Source = "typed"

    @property
    def key(self) -> str:
        return self.session


@event("search.clicked")
@dataclass(frozen=True, slots=True)
class SearchClicked(Event):
    query_id: str
    session: str
    person: str
    user_id: str | None
    item_id: str
    position: int
    after_ms: int | None
    source: Source = "typed"

    @property
    def key(self) -> str:
        return self.session


@event("item.viewed")
@dataclass(frozen=True, slots=True)
class ItemViewed(Event):
    item_id: str
    session: str
    person: str
    user_id: str | None
    query_id: str | None
    source: Source = "typed"

    @property
    def key(self) -> str:
        return self.item_id


@event("search.missing")
@dataclass(frozen=True, slots=True)
class SearchMissing(Event):
    term: str
    form: str
    kind: MissingKind
    people: int
    searches: int
    first_at: str
    last_at: str
    prompt: str

    @property
    def key(self) -> str:
        return self.term


@event("search.answered")
@dataclass(frozen=True, slots=True)
class SearchAnswered(Event):
    term: str
    form: str
    item_id: str
    people: int

    @property
    def key(self) -> str:
        return self.term

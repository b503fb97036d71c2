"""Figures of searches and items as they go out. Null where there is nothing that a figure could be of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, Field

from api.models.item import ItemOut, Moment
from herofactory.insights.figures.popular import Change, PopularTerm
from herofactory.insights.figures.scope import PUBLIC_PEOPLE
from herofactory.insights.figures.trending import Trend
from herofactory.insights.missing.listing import MissingTerm
from herofactory.insights.missing.states import State
from herofactory.insights.window import Window
from herofactory.platform.events.search import MissingKind


class Figures(BaseModel):
    """What every answer says of itself."""

    window: Window | None = Field(description="null for `from` and `to`")
    from_: Moment = Field(serialization_alias="from", description="On a border of five minutes")
    to: Moment = Field(description="Exclusive")
    simulated: bool = Field(description="Whether simulated traffic is counted in")
    has_simulated: bool = Field(description="Whether there is any; `include=simulated` counts it in")
    raw: bool = Field(description=f"Whether what fewer than {PUBLIC_PEOPLE} people did is in it")


class TermList(Figures):
    next_cursor: str | None = Field(default=None, description="Always null: a list is `limit` long at most")


class TermOut(BaseModel):
    term: str = Field(description="As most people spell it")
    key: str = Field(description="One for all spellings of it")
    rank: int
    people: int = Field(description="Distinct people")
    searches: int
    series: list[int] = Field(description="Searches over the range in equal steps, oldest first")


class PopularOut(TermOut):
    previous_rank: int | None = Field(description="In the range before, as long as this one")
    change: Change | None = Field(description="null where the range before reaches beyond the 95 days that are kept")

    @classmethod
    def of(cls, found: PopularTerm, series: Sequence[int]) -> Self:
        return cls(
            term=found.form, key=found.term, rank=found.rank, people=found.people, searches=found.searches,
            series=list(series), previous_rank=found.previous_rank, change=found.change,
        )  # fmt: skip


class TrendOut(TermOut):
    now: int = Field(description="People in the range; the same as `people`")
    expected: float = Field(description="People that would have been ordinary")
    score: float = Field(description="Standard deviations between the two")

    @classmethod
    def of(cls, found: Trend, searches: int, series: Sequence[int]) -> Self:
        return cls(
            term=found.form, key=found.term, rank=found.rank, people=found.now, searches=searches,
            series=list(series), now=found.now, expected=found.expected, score=found.score,
        )  # fmt: skip


class NearOut(BaseModel):
    id: UUID
    name: str


class StateOut(BaseModel):
    """For moderators: who decided what."""

    answered_by: UUID | None
    answered_at: Moment | None
    found_at: Moment | None = Field(description="When its search first found something")
    dismissed_by: str | None
    dismissed_at: Moment | None


class MissingOut(TermOut):
    kind: MissingKind
    state: State
    rate: float | None = Field(description="Share of its searches in vain")
    first_seen: Moment
    last_seen: Moment
    nearest_term: str | None = Field(description="What people search for instead, and find")
    nearest_items: list[NearOut]
    prompt: str = Field(description="Ready to be the text of a generation")
    variants: list[str] = Field(description="Other spellings; only with raw=true")
    status: StateOut | None = Field(description="Only with raw=true")

    @classmethod
    def of(cls, rank: int, found: MissingTerm, series: Sequence[int]) -> Self:
        return cls(
            term=found.form, key=found.term, rank=rank, people=found.people, searches=found.searches,
            series=list(series), kind=found.kind, state=found.state, rate=found.rate, first_seen=found.first_at,
            last_seen=found.last_at, nearest_term=found.nearest_term,
            nearest_items=[NearOut(id=UUID(each.item_id), name=each.name) for each in found.nearest_items],
            prompt=found.prompt, variants=list(found.variants), status=_state(found),
        )  # fmt: skip


def _state(found: MissingTerm) -> StateOut | None:
    if found.status is None:
        return None
    return StateOut(**{name: getattr(found.status, name) for name in StateOut.model_fields})


class Popular(TermList):
    items: list[PopularOut]


class Trending(TermList):
    items: list[TrendOut]


class Missing(TermList):
    items: list[MissingOut]


class PopularItemOut(ItemOut):
    rank: int
    previous_rank: int | None
    change: Change | None
    people: int = Field(description="Who viewed or clicked")
    views: int
    clicks: int


class PopularItems(TermList):
    items: list[PopularItemOut]


class SimilarOut(ItemOut):
    score: float = Field(description="0 to 1; only the order means something")
    why: list[str] = Field(description="looked_at_together, alike_in_words, alike_in_looks; the weightiest first")


class SimilarItems(BaseModel):
    items: list[SimilarOut]
    simulated: bool
    next_cursor: str | None = None


def envelope(period: Any, *, simulated: bool, has_simulated: bool, raw: bool) -> dict[str, Any]:
    """The fields of `Figures`. `period`: with `window` and `range`."""
    return {
        "window": period.window,
        "from_": period.range.start,
        "to": period.range.end,
        "simulated": simulated,
        "has_simulated": has_simulated,
        "raw": raw,
    }

"""What a search answers."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from pydantic import BaseModel, Field, StrictInt

from api.models.item import ItemOut, Strict
from herofactory.search.highlight import snippet
from herofactory.search.page import Facets, Hit
from herofactory.search.query import DEEPEST


class Segment(BaseModel):
    """A piece of text, and whether it is what was searched for."""

    text: str
    match: bool


class Found(ItemOut):
    highlights: dict[str, list[Segment]] = Field(description="`name` and `description` (an excerpt) in pieces")


class PriceBucketOut(BaseModel):
    low: int
    high: int | None = Field(description="Exclusive; null: no upper end")
    count: int


class FacetsOut(BaseModel):
    """Counts over everything found, not only this page."""

    category: dict[str, int]
    tags: dict[str, int]
    price: list[PriceBucketOut]

    @classmethod
    def of(cls, facets: Facets) -> FacetsOut:
        price = [PriceBucketOut(low=each.low, high=each.high, count=each.count) for each in facets.price]
        return cls(category=dict(facets.category), tags=dict(facets.tags), price=price)


class Results(BaseModel):
    query_id: UUID = Field(description="Name it when reporting a click")
    total: int
    items: list[Found]
    facets: FacetsOut
    suggestions: list[str]
    corrected_to: str | None = Field(description="What was searched instead, when the query itself found nothing")
    next_cursor: str | None


class ClickIn(Strict):
    """A result that was opened."""

    item_id: UUID
    position: StrictInt = Field(ge=1, le=DEEPEST, description="1 for the first result, counted over pages")
    after_ms: StrictInt | None = Field(
        None, ge=0, le=86_400_000, description="Milliseconds since the answer was shown; without it since the search"
    )


class Suggestions(BaseModel):
    items: list[str]


def highlights(hit: Hit) -> dict[str, list[Segment]]:
    """The name whole; of the description the part round the first match."""
    document = hit.document
    excerpt, places = snippet(document.description, hit.highlights.get("description", ()))
    return {
        "name": segments(document.name, hit.highlights.get("name", ())),
        "description": segments(excerpt, places),
    }


def segments(text: str, places: Sequence[tuple[int, int]]) -> list[Segment]:
    """Pieces instead of offsets: those would count differently in Python and in a browser."""
    pieces, last = [], 0
    for start, end in places:
        pieces += [Segment(text=text[last:start], match=False), Segment(text=text[start:end], match=True)]
        last = end
    return [each for each in (*pieces, Segment(text=text[last:], match=False)) if each.text]

"""Items as they come in and go out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, StrictInt, StrictStr

from herofactory.catalog.categories import Category
from herofactory.catalog.item import PRICE_MAX, Content, Item, Status

# Lengths are checked by the domain, after normalisation: a Hangul syllable may arrive as three characters.
Name = Annotated[StrictStr, Field(description="1 to 100 characters after NFC normalisation", examples=["불타는 검"])]
Description = Annotated[StrictStr, Field(description="At most 5,000 characters after NFC normalisation")]
Tags = Annotated[list[StrictStr], Field(description="At most 10, each 1 to 30 characters", examples=[["불", "전설"]])]
Price = Annotated[StrictInt, Field(ge=0, le=PRICE_MAX, description="Whole KRW; 0 is free", examples=[1500])]
Moment = Annotated[
    datetime,
    PlainSerializer(
        lambda at: at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"), when_used="json"
    ),
]
"""UTC, ISO 8601."""


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ItemIn(Strict):
    name: Name
    description: Description
    category: Category
    tags: Tags = []
    price: Price
    image_id: UUID | None = Field(None, description="From POST /api/v1/uploads")

    def content(self) -> Content:
        return Content(self.name, self.description, self.category, tuple(self.tags), self.price, self.image_id)


class ItemPatch(Strict):
    """Only the fields given are changed; null clears `description`, `tags` and `image_id`."""

    name: Name = ""
    description: Description | None = None
    category: Category = "weapon"
    tags: Tags | None = None
    price: Price = 0
    image_id: UUID | None = None

    def fields(self) -> dict[str, Any]:
        given = {name: getattr(self, name) for name in self.model_fields_set}
        if "description" in given:
            given["description"] = self.description or ""
        if "tags" in given:
            given["tags"] = tuple(self.tags or ())
        return given


class ItemOut(BaseModel):
    id: UUID
    external_id: str | None
    name: str
    description: str
    category: Category
    tags: list[str]
    auto_tags: list[str] = Field(description="Found by moderation")
    price: int
    image_id: UUID | None
    image_url: str | None
    attribution: dict[str, str] | None
    seller_id: str
    status: Status
    revision: int = Field(description="Rises with every change")
    content_revision: int = Field(description="Rises when what moderation judges changes")
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, item: Item, **more: Any) -> Self:
        return cls(
            id=item.id,
            external_id=item.external_id,
            name=item.name,
            description=item.description,
            category=item.category,
            tags=list(item.tags),
            auto_tags=list(item.auto_tags),
            price=item.price,
            image_id=item.image_id,
            image_url=f"/api/v1/assets/{item.image_id}" if item.image_id else None,
            attribution=dict(item.attribution) if item.attribution else None,
            seller_id=item.seller_id,
            status=item.status,
            revision=item.revision,
            content_revision=item.content_revision,
            created_at=item.created_at,
            updated_at=item.updated_at,
            **more,
        )


class Items(BaseModel):
    items: list[ItemOut]
    next_cursor: str | None


class ReasonOut(BaseModel):
    code: str
    detail: str


class StatusOut(BaseModel):
    status: Status
    reasons: list[ReasonOut]
    tags: list[str]
    policy: str | None
    decided_at: str | None
    provider: str | None = Field(None, description="Who judged: local-rules, openai or moderator")
    content_revision: int

    @classmethod
    def of(cls, item: Item) -> StatusOut:
        verdict: Mapping[str, Any] = item.verdict or {}
        return cls(
            status=item.status,
            reasons=[ReasonOut(**reason) for reason in verdict.get("reasons", ())],
            tags=list(item.auto_tags),
            policy=verdict.get("policy"),
            decided_at=verdict.get("decided_at"),
            provider=item.verdict_provider,
            content_revision=item.content_revision,
        )


class DecisionIn(Strict):
    decision: Literal["approve", "reject"]
    reason: StrictStr = Field("", description="At most 500 characters, for the seller to read; a rejection needs one")
    content_revision: StrictInt = Field(ge=1, description="Of the content that was judged, as read with the item")

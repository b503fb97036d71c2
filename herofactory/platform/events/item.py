"""Events of an item's life. Field meanings stand in `schemas/avro/item.*.avsc`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from herofactory.platform.events.base import Event, event

Decision = Literal["approved", "rejected", "review"]


@dataclass(frozen=True, slots=True)
class ItemContent(Event):
    """What a seller says and shows, at one content revision: all that moderation judges."""

    item_id: str
    seller_id: str
    content_revision: int
    name: str
    description: str
    category: str
    tags: tuple[str, ...] = ()
    image_id: str | None = None

    @property
    def key(self) -> str:
        return self.item_id


@event("item.created")
@dataclass(frozen=True, slots=True)
class ItemCreated(ItemContent):
    pass


@event("item.updated")
@dataclass(frozen=True, slots=True)
class ItemUpdated(ItemContent):
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    code: str
    detail: str = ""


@event("item.moderated")
@dataclass(frozen=True, slots=True)
class ItemModerated(Event):
    item_id: str
    content_revision: int
    decision: Decision
    reasons: tuple[Reason, ...] = ()
    tags: tuple[str, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)
    policy: str = ""
    provider: str = ""
    moderator_id: str | None = None

    @property
    def key(self) -> str:
        return self.item_id

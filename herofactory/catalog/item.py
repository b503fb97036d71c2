"""An item and what may be asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from herofactory.catalog import text
from herofactory.catalog.categories import CATEGORIES, Category
from herofactory.catalog.text import InvalidField

Status = Literal["pending", "approved", "rejected", "review"]
PRICE_MAX = 1_000_000_000
"""Whole KRW; far above any game asset, far below what a bigint or a JavaScript number holds."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a seller says and shows. `checked()` gives it as it is stored."""

    name: str
    description: str
    category: str
    tags: tuple[str, ...]
    price: int
    image_id: UUID | None = None

    def checked(self) -> Content:
        """Cleaned; raises InvalidField naming the first field that cannot be taken."""
        return replace(
            self,
            name=text.line("name", self.name, longest=text.NAME_MAX),
            description=text.paragraph("description", self.description, longest=text.DESCRIPTION_MAX),
            category=_category(self.category),
            tags=text.tags("tags", self.tags),
            price=_price(self.price),
        )


@dataclass(frozen=True, slots=True)
class Item:
    id: UUID
    external_id: str | None
    seller_id: str
    name: str
    description: str
    category: Category
    tags: tuple[str, ...]
    auto_tags: tuple[str, ...]
    price: int
    image_id: UUID | None
    attribution: Mapping[str, str] | None
    status: Status
    verdict: Mapping[str, Any] | None
    verdict_provider: str | None
    revision: int
    content_revision: int
    created_at: datetime
    updated_at: datetime

    @property
    def content(self) -> Content:
        return Content(self.name, self.description, self.category, self.tags, self.price, self.image_id)


def _category(value: str) -> Category:
    if value not in CATEGORIES:
        raise InvalidField("category", f"unknown category {value!r}; choose one of {', '.join(CATEGORIES)}")
    return value


def _price(value: int) -> int:
    if not 0 <= value <= PRICE_MAX:
        raise InvalidField("price", f"whole KRW from 0 to {PRICE_MAX}, got {value}")
    return value

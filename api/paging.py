"""Lists in pages: `limit`, `cursor` and `next_cursor`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query

from api.models.item import ItemOut, Items
from api.services import Wired
from herofactory.catalog.item import Item

LIMIT_DEFAULT = 20
LIMIT_MAX = 100
Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX, description="Items per page")]
CursorText = Annotated[str | None, Query(description="`next_cursor` of the page before, unchanged")]


class Paging:
    """A page of a list that is ordered by item id."""

    def __init__(self, services: Wired, limit: Limit = LIMIT_DEFAULT, cursor: CursorText = None) -> None:
        self.limit = limit
        self._cursor = cursor
        self._cursors = services.cursors

    def position(self, **query: Any) -> UUID | None:
        """Where the page before ended. Raises Problem INVALID_CURSOR."""
        return UUID(self._cursors.open(self._cursor, query)) if self._cursor else None

    def page(self, items: Sequence[Item], **query: Any) -> Items:
        """`items` holds one more than `limit` where there is another page."""
        shown = items[: self.limit]
        more = len(items) > self.limit
        following = self._cursors.seal(str(shown[-1].id), query) if more else None
        return Items(items=[ItemOut.of(item) for item in shown], next_cursor=following)


Paged = Annotated[Paging, Depends(Paging)]

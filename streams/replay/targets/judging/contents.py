"""The newest content of every item, as the database has it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple
from uuid import UUID

from herofactory.moderation.verdicts_of import verdict_of
from herofactory.platform.delivery.delivery import derived_id
from herofactory.platform.events.item import ItemContent
from herofactory.platform.postgres.database import Database, Row

PAGE = 500
_BEFORE_ALL = UUID(int=0)


class Told(NamedTuple):
    event_id: UUID
    """Made of the item and its content revision: the same on every repeat."""
    content: ItemContent


class Contents:
    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> AsyncIterator[Sequence[Told]]:
        return self._pages("true")

    def without_verdict(self, generation: int) -> AsyncIterator[Sequence[Told]]:
        return self._pages(f"NOT EXISTS {verdict_of(generation)}")

    async def number(self) -> int:
        row = await self._database.fetch_one("SELECT count(*) AS items FROM items")
        assert row is not None
        return int(row["items"])

    async def is_newest(self, content: ItemContent) -> bool:
        row = await self._database.fetch_one(
            "SELECT FROM items WHERE id = %s AND content_revision = %s", content.item_id, content.content_revision
        )
        return row is not None

    async def _pages(self, condition: str) -> AsyncIterator[Sequence[Told]]:
        after = _BEFORE_ALL
        while rows := await self._database.fetch(
            f"""SELECT id, seller_id, content_revision, name, description, category, tags, image_id FROM items
                 WHERE id > %s AND {condition} ORDER BY id LIMIT {PAGE}""",
            after,
        ):
            yield [_told(row) for row in rows]
            after = rows[-1]["id"]


def _told(row: Row) -> Told:
    content = ItemContent(
        item_id=str(row["id"]),
        seller_id=row["seller_id"],
        content_revision=row["content_revision"],
        name=row["name"],
        description=row["description"],
        category=row["category"],
        tags=tuple(row["tags"]),
        image_id=str(row["image_id"]) if row["image_id"] else None,
    )
    return Told(UUID(derived_id(str(row["id"]), "content", str(row["content_revision"]))), content)

"""Items for tests of the domain."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from herofactory.catalog.item import Content, Item
from herofactory.catalog.service import Catalog
from herofactory.platform.postgres.database import Database, Row

CONTENT = Content("불타는 검", "용암에서 벼린 검", "weapon", ("불",), 1500)


async def put_up(database: Database, catalog: Catalog, seller_id: str = "seller-1", content: Content = CONTENT) -> Item:
    async with database.transaction() as transaction:
        return await catalog.create(transaction, seller_id, content)


async def told(database: Database, *topics: str) -> Sequence[Row]:
    """The outbox's rows of these topics, in order."""
    return await database.fetch("SELECT * FROM outbox WHERE topic = ANY(%s) ORDER BY seq", list(topics))


def document(row: Row) -> dict[str, Any] | None:
    """What a row of `item.mirrored` says; None for a tombstone."""
    return json.loads(bytes(row["payload"])) if row["payload"] is not None else None

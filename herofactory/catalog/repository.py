"""The SQL of items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from herofactory.catalog.item import Content, Item
from herofactory.platform.ids import uuid7
from herofactory.platform.postgres.database import Connection, Row

_COLUMNS = """id, external_id, seller_id, name, description, category, tags, auto_tags, price, image_id, attribution,
    status, verdict, verdict_provider, revision, content_revision, created_at, updated_at"""


async def insert(
    transaction: Connection,
    item_id: UUID,
    seller_id: str,
    content: Content,
    *,
    external_id: str | None = None,
    attribution: Mapping[str, str] | None = None,
) -> Item | None:
    """A new pending item, announced at content revision 1; None where the seller has this external id already."""
    cursor = await transaction.execute(
        f"""INSERT INTO items (id, seller_id, external_id, attribution, name, description, category, tags, price,
                               image_id, announced_revision)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 1)
            ON CONFLICT (seller_id, external_id) DO NOTHING RETURNING {_COLUMNS}""",
        (item_id, seller_id, external_id, Jsonb(attribution) if attribution else None, *_values(content)),
    )
    return _item(await cursor.fetchone())


async def insert_many(
    transaction: Connection, seller_id: str, wanted: Mapping[str, tuple[Content, Mapping[str, str] | None]]
) -> list[Item]:
    """New pending items by external id, in one statement; an external id that was taken meanwhile is left out."""
    rows = [
        {"id": str(uuid7()), "external_id": external_id, "attribution": attribution, **_json(content)}
        for external_id, (content, attribution) in wanted.items()
    ]
    cursor = await transaction.execute(
        f"""INSERT INTO items (id, seller_id, external_id, attribution, name, description, category, tags, price,
                               image_id, announced_revision)
            SELECT id, %s, external_id, nullif(attribution, 'null'), name, description, category,
                   ARRAY(SELECT jsonb_array_elements_text(tags)), price, image_id, 1
            FROM jsonb_to_recordset(%s) AS row (id uuid, external_id text, attribution jsonb, name text,
                description text, category text, tags jsonb, price bigint, image_id uuid)
            ON CONFLICT (seller_id, external_id) DO NOTHING RETURNING {_COLUMNS}""",
        (seller_id, Jsonb(rows)),
    )
    return _items(await cursor.fetchall())


async def by_external_id(transaction: Connection, seller_id: str, external_ids: Sequence[str]) -> dict[str, Item]:
    cursor = await transaction.execute(
        f"SELECT {_COLUMNS} FROM items WHERE seller_id = %s AND external_id = ANY(%s)", (seller_id, list(external_ids))
    )
    return {item.external_id or "": item for item in _items(await cursor.fetchall())}


async def update(transaction: Connection, item_id: UUID, content: Content) -> Item:
    """Write `content`; the trigger decides about revisions and status."""
    cursor = await transaction.execute(
        f"""UPDATE items SET name = %s, description = %s, category = %s, tags = %s, price = %s, image_id = %s
            WHERE id = %s RETURNING {_COLUMNS}""",
        (*_values(content), item_id),
    )
    item = _item(await cursor.fetchone())
    assert item is not None
    return item


async def mark_announced(transaction: Connection, item_id: UUID) -> None:
    await transaction.execute("UPDATE items SET announced_revision = content_revision WHERE id = %s", (item_id,))


async def delete(transaction: Connection, item_id: UUID) -> None:
    await transaction.execute("DELETE FROM items WHERE id = %s", (item_id,))


async def get(connection: Connection, item_id: UUID, *, lock: bool = False) -> Item | None:
    query = f"SELECT {_COLUMNS} FROM items WHERE id = %s" + (" FOR UPDATE" if lock else "")
    cursor = await connection.execute(query, (item_id,))
    return _item(await cursor.fetchone())


async def approved(connection: Connection, item_ids: Sequence[UUID]) -> dict[UUID, Item]:
    """Those of `item_ids` that everybody may see, as they are now."""
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM items WHERE id = ANY(%s) AND status = 'approved'", (list(item_ids),)
    )
    return {item.id: item for item in _items(await cursor.fetchall())}


async def of_seller(connection: Connection, seller_id: str, *, before: UUID | None, limit: int) -> list[Item]:
    """Newest first, those with ids below `before`."""
    cursor = await connection.execute(
        f"""SELECT {_COLUMNS} FROM items WHERE seller_id = %s AND (%s::uuid IS NULL OR id < %s)
            ORDER BY id DESC LIMIT %s""",
        (seller_id, before, before, limit),
    )
    return _items(await cursor.fetchall())


async def for_review(connection: Connection, *, after: UUID | None, limit: int) -> list[Item]:
    """Items that wait for a person, oldest id first."""
    cursor = await connection.execute(
        f"""SELECT {_COLUMNS} FROM items WHERE status = 'review' AND (%s::uuid IS NULL OR id > %s)
            ORDER BY id LIMIT %s""",
        (after, after, limit),
    )
    return _items(await cursor.fetchall())


async def unannounced(transaction: Connection, limit: int) -> list[Item]:
    """Locked rows whose content was changed past the catalogue (raw SQL), so that no event told of it."""
    cursor = await transaction.execute(
        f"""SELECT {_COLUMNS} FROM items WHERE announced_revision < content_revision
            ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED""",
        (limit,),
    )
    return _items(await cursor.fetchall())


async def counts_by_status(connection: Connection) -> dict[str, int]:
    cursor = await connection.execute("SELECT status, count(*) AS n FROM items GROUP BY status")
    found = {row["status"]: row["n"] for row in await cursor.fetchall()}
    return {status: found.get(status, 0) for status in ("pending", "approved", "rejected", "review")}


def _values(content: Content) -> Sequence[object]:
    return content.name, content.description, content.category, list(content.tags), content.price, content.image_id


def _json(content: Content) -> dict[str, Any]:
    image = str(content.image_id) if content.image_id else None
    return {**asdict(content), "tags": list(content.tags), "image_id": image}


def _items(rows: Sequence[Row]) -> list[Item]:
    return [item for row in rows if (item := _item(row)) is not None]


def _item(row: Mapping[str, Any] | None) -> Item | None:
    if row is None:
        return None
    return Item(**{**row, "tags": tuple(row["tags"]), "auto_tags": tuple(row["auto_tags"])})

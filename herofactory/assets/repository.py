"""The SQL of assets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from herofactory.assets.image import Image
from herofactory.platform.postgres.database import Connection


@dataclass(frozen=True, slots=True)
class Asset:
    id: UUID
    owner_id: str
    sha256: str
    media_type: str
    width: int
    height: int
    bytes: int


_COLUMNS = "id, owner_id, sha256, media_type, width, height, bytes"


async def insert(transaction: Connection, owner_id: str, image: Image) -> Asset:
    """A row for `image`; the same bytes of the same owner give the row that is there, as if new."""
    cursor = await transaction.execute(
        f"""INSERT INTO assets (owner_id, sha256, media_type, width, height, bytes) VALUES (%s, %s, %s, %s, %s, %s)
            ON CONFLICT (owner_id, sha256) DO UPDATE SET created_at = excluded.created_at RETURNING {_COLUMNS}""",
        (owner_id, image.sha256, image.media_type, image.width, image.height, len(image.data)),
    )
    asset = _asset(await cursor.fetchone())
    assert asset is not None
    return asset


async def get(connection: Connection, asset_id: UUID) -> Asset | None:
    cursor = await connection.execute(f"SELECT {_COLUMNS} FROM assets WHERE id = %s", (asset_id,))
    return _asset(await cursor.fetchone())


async def owned_by(connection: Connection, asset_id: UUID, owner_id: str) -> bool:
    asset = await get(connection, asset_id)
    return asset is not None and asset.owner_id == owner_id


async def is_listed(connection: Connection, asset_id: UUID) -> bool:
    """Whether an approved item shows it. The same bytes under another id say nothing about this one."""
    cursor = await connection.execute(
        "SELECT EXISTS (SELECT FROM items WHERE image_id = %s AND status = 'approved') AS listed", (asset_id,)
    )
    row = await cursor.fetchone()
    return row is not None and bool(row["listed"])


def _asset(row: dict[str, Any] | None) -> Asset | None:
    return Asset(**row) if row else None

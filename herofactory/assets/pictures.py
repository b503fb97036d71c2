"""Bytes of a picture, for those who look at it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

from herofactory.assets import repository
from herofactory.assets.store import AssetStore
from herofactory.platform.postgres.database import Database

ImageReader = Callable[[UUID], Awaitable[bytes]]
"""Bytes of an asset, by its id; empty where it is gone."""


def image_reader(database: Database, store: AssetStore) -> ImageReader:
    async def read(asset_id: UUID) -> bytes:
        async with database.connection() as connection:
            asset = await repository.get(connection, asset_id)
        try:
            return await asyncio.to_thread(store.read, asset.sha256) if asset else b""
        except FileNotFoundError:
            return b""

    return read

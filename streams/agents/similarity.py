"""similarity: the picture of each item that can be found is kept as a hash of its looks."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from herofactory.insights.similar import looks
from herofactory.insights.similar.dhash import Unreadable, dhash
from herofactory.platform.delivery.agent import Agent
from herofactory.platform.delivery.delivery import Delivery
from herofactory.platform.delivery.errors import Poison
from herofactory.platform.postgres.database import Database
from herofactory.platform.records import Outgoing
from streams.agents import mirrored
from streams.topics import ITEM_MIRRORED

ImageReader = Callable[[UUID], Awaitable[bytes]]
"""Bytes of an asset, by its id; empty where it is gone."""


def similarity(database: Database, image: ImageReader) -> Agent:
    async def handle(delivery: Delivery) -> Sequence[Outgoing]:
        if delivery.event is None:
            await remove(mirrored.uuid(delivery.key), mirrored.revision(delivery))
            return []
        item = mirrored.document(delivery)
        item_id = mirrored.uuid(item.id)
        data = b""
        if item.image_id is not None:
            async with database.connection() as connection:
                if await looks.unchanged(connection, item_id, item.revision):
                    return []
            data = await image(mirrored.uuid(item.image_id))
        if data:
            await save(item_id, item.revision, data)
        else:
            await remove(item_id, item.revision)
        return []

    async def save(item_id: UUID, revision: int, data: bytes) -> None:
        try:
            hashed = await asyncio.to_thread(dhash, data)
        except Unreadable as error:
            raise Poison(f"item {item_id}: {error}") from error
        async with database.connection() as connection:
            await looks.save(connection, item_id, revision, hashlib.sha256(data).hexdigest(), hashed)

    async def remove(item_id: UUID, revision: int) -> None:
        async with database.connection() as connection:
            await looks.remove(connection, item_id, revision)

    return Agent(name="similarity", sources=(ITEM_MIRRORED,), handle=handle, parallelism=4)

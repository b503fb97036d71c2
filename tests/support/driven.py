"""Agents on a driver with a fake clock, next to their real PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Sequence
from contextlib import AsyncExitStack
from typing import Any, Self, TypeVar
from uuid import UUID

from herofactory.platform.postgres.database import Database
from streams.testing import TopologyDriver
from streams.topics import ITEM_MIRRORED

T = TypeVar("T")


class Driven:
    """Use it with `with`; whoever derives from it has made `driver` by then."""

    driver: TopologyDriver

    def __init__(self, dsn: str) -> None:
        self.database = Database(dsn)
        self._stack = AsyncExitStack()

    def __enter__(self) -> Self:
        self.driver.__enter__()
        self.run(self._stack.enter_async_context(self.database))
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._stack.aclose())
        self.driver.__exit__(None, None, None)

    def run(self, work: Awaitable[T]) -> T:
        """On the driver's loop."""

        async def waited() -> T:
            return await work

        return self.driver.run(waited())

    def sql(self, statement: str, *parameters: object) -> Sequence[dict[str, Any]]:
        return self.run(self.database.fetch(statement, *parameters))


class DrivenShop(Driven):
    """Items in PostgreSQL and, as the mirror says them, in the log."""

    def mirrored(self, item_id: UUID) -> list[tuple[dict[str, Any] | None, int]]:
        """What was said of the item and at which revision, in order; None for a tombstone."""
        rows = self.sql(
            "SELECT payload, revision FROM outbox WHERE topic = 'item.mirrored' AND key = %s ORDER BY seq", str(item_id)
        )
        return [(json.loads(bytes(row["payload"])) if row["payload"] else None, row["revision"]) for row in rows]

    def tell(self, item_id: UUID, *which: int) -> None:
        """Some of the item's records, or all."""
        records = self.mirrored(item_id)
        for n in which or range(len(records)):
            document, revision = records[n]
            self.driver.feed(ITEM_MIRRORED, str(item_id), document, revision=revision)

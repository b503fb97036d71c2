"""Sellers at a fixed rate, whatever the platform does with it: each item has its moment, and is not put off.

Beyond TRANSACTIONS_PER_S one transaction puts up several items, as an import does: a commit waits for the disk.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.spine_parts.api import word
from herofactory.catalog.item import Content
from herofactory.catalog.service import Catalog
from herofactory.platform.adapters import codec_of, open_log
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.platform.settings import Settings

CONNECTIONS = 8
TRANSACTIONS_PER_S = 50
LATE = 2


@dataclass(slots=True)
class Sold:
    """Moments are `time.perf_counter()` of this process, by item id."""

    mark: str
    """A word that the names of followed items hold, and nothing else."""
    wanted: dict[str, float] = field(default_factory=dict)
    """When the followed item was to be put up."""
    accepted: dict[str, float] = field(default_factory=dict)
    """When its transaction was committed."""
    items: int = 0
    """All items, followed or not."""
    took_s: float = 0.0


def sell(settings: Settings, sold: Sold, rate: float, items: int, follow_every: int) -> None:
    """Put up `items`, `rate` a second, and fill `sold` on the way. Returns when the last one is committed.

    Where the database cannot keep up, it ends after twice the time it was to take.
    """
    log = open_log(settings)
    try:
        catalog = Catalog(Outbox(codec_of(settings, log)))
        asyncio.run(_sell(settings, catalog, sold, rate, items, follow_every))
    finally:
        log.close()


async def _sell(settings: Settings, catalog: Catalog, sold: Sold, rate: float, items: int, follow_every: int) -> None:
    assert settings.database_url is not None
    dsn = settings.database_url.get_secret_value()
    async with Database(dsn, size=CONNECTIONS, name="bench-seller", checked=False) as database:
        await database.fetch("SELECT 1")
        batch, free = max(int(rate / TRANSACTIONS_PER_S), 1), asyncio.Semaphore(CONNECTIONS)
        began = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for first in range(0, items, batch):
                at = began + first / rate
                await free.acquire()
                if time.perf_counter() - began > LATE * items / rate:
                    break
                await asyncio.sleep(max(at - time.perf_counter(), 0.0))
                followed = [number % follow_every == 0 for number in range(first, first + batch)]
                tasks.create_task(_put_up(database, free, catalog, sold, at, followed))
        sold.took_s = time.perf_counter() - began


async def _put_up(
    database: Database, free: asyncio.Semaphore, catalog: Catalog, sold: Sold, at: float, followed: Sequence[bool]
) -> None:
    """One transaction, with an item for each of `followed`."""
    try:
        async with database.transaction() as transaction:
            items = [await catalog.create(transaction, "bench", _content(sold.mark if it else "")) for it in followed]
    finally:
        free.release()
    now = time.perf_counter()
    sold.items += len(items)
    ids = [str(item.id) for item, each in zip(items, followed, strict=True) if each]
    sold.wanted.update(dict.fromkeys(ids, at))
    sold.accepted.update(dict.fromkeys(ids, now))


def _content(mark: str) -> Content:
    return Content(f"{mark} {word()} 불꽃 검".strip(), "측정용 아이템입니다.", "weapon", (), 1000)

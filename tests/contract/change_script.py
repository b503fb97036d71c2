"""A fixed story of one catalogue, told through the domain's services and through raw SQL.

Whoever plays it twice gets the same events in the same order of each key, but for ids, times and spans.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

from herofactory.catalog.item import Content, Item
from herofactory.catalog.service import Catalog
from herofactory.catalog.verdicts import Decisions, apply_verdict
from herofactory.platform.events import EventCodec
from herofactory.platform.events.item import Decision, ItemModerated, ItemUpdated
from herofactory.platform.ids import uuid7
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Connection, Database
from herofactory.platform.telemetry.tracing import set_traceparent

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
BULK = 5000
SELLER = "seller"
# Each form that a moment can take as text: whole seconds, zeros at the end, all six digits.
MOMENTS = tuple(datetime(2026, 3, 1, 12, 0, 0, micros, tzinfo=UTC) for micros in (0, 120_000, 123_456))
SWORD = Content("불타는 마법검", "불길이 이는 검", "weapon", ("불", "검"), 1500)
LONGEST = Content("이름 \"'\\ <검> 🗡", "가🗡\n" * 1666, "effect", ("\\u0000", "한글"), 10**9)


class StandingClock:
    """Decisions fall on whole seconds, the ones after them a microsecond later each."""

    def now(self) -> datetime:
        return datetime(2026, 3, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nobody sleeps in this story")


@dataclass
class Story:
    """`names`: what the item behind a key is called in the story."""

    database: Database
    codec: EventCodec
    names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._outbox = Outbox(self.codec)
        self._catalog = Catalog(self._outbox)
        self._decisions = Decisions(self._outbox, StandingClock())

    async def play(self) -> None:
        for chapter in (
            self._a_life,
            self._raw_sql,
            self._decided_twice,
            self._rolled_back,
            self._contested,
            self._begun_first_committed_last,
            self._all_in_one_transaction,
            self._texts,
            self._moments,
            self._many_at_once,
            self._last,
        ):
            await chapter()

    async def _a_life(self) -> None:
        item = await self._create("sword", traced=True)
        await self._judge(item, "approved", 1, traced=True)
        await self._change(item, price=1800)
        await self._change(item, name="얼어붙은 마법검", tags=("얼음",), traced=True)
        await self._judge(item, "approved", 1)
        await self._judge(item, "approved", 2)
        await self._change(item, price=1800)
        async with self._transaction() as transaction:
            await self._catalog.delete(transaction, SELLER, item)

    async def _raw_sql(self) -> None:
        item = await self._create("raw")
        await self._sql("UPDATE items SET status = 'approved' WHERE id = %s", item)
        await self._sql("UPDATE items SET price = 7, revision = 99 WHERE id = %s", item)
        await self._sql("UPDATE items SET popularity = 0.25 WHERE id = %s", item)
        await self._sql("UPDATE items SET price = price WHERE id = %s", item)
        await self._sql("UPDATE items SET description = '새 설명' WHERE id = %s", item)
        async with self._transaction() as transaction:
            assert await self._catalog.announce_forgotten(transaction) == 1
        await self._sql("UPDATE items SET status = 'approved' WHERE id = %s", item)
        await self._sql("UPDATE items SET status = 'rejected' WHERE id = %s", item)
        await self._sql("UPDATE items SET status = 'approved' WHERE id = %s", item)
        await self._sql("DELETE FROM items WHERE id = %s", item)

    async def _decided_twice(self) -> None:
        item = await self._create("judged")
        await self._judge(item, "rejected", 1)
        async with self._transaction(traced=True) as transaction:
            await self._decisions.decide(transaction, "mod", item, "approve", reason="", content_revision=1)
        await self._judge(item, "rejected", 1)
        async with self._transaction() as transaction:
            await self._decisions.decide(transaction, "mod", item, "reject", reason="판단", content_revision=1)

    async def _rolled_back(self) -> None:
        item = await self._listed("kept")
        try:
            async with self._transaction() as transaction:
                await self._named(transaction, "never was")
                await self._catalog.change(transaction, SELLER, item, {"name": "되돌린 이름"})
                raise InterruptedError
        except InterruptedError:
            pass
        async with self._transaction() as transaction:
            await self._catalog.change(transaction, SELLER, item, {"price": 1})
            try:
                async with transaction.transaction():
                    await self._catalog.change(transaction, SELLER, item, {"price": 2})
                    raise InterruptedError
            except InterruptedError:
                pass
            await self._catalog.change(transaction, SELLER, item, {"price": 3})

    async def _contested(self) -> None:
        """The second transaction waits for the first, then changes what it left."""
        item = await self._listed("contested")
        async with self._transaction() as first:
            await self._catalog.change(first, SELLER, item, {"price": 1})
            second = asyncio.create_task(self._change(item, name="뒤에 온 이름", traced=True))
            await self._somebody_waits()
            await self._catalog.change(first, SELLER, item, {"price": 2})
        await second

    async def _begun_first_committed_last(self) -> None:
        early, late = await self._listed("written first"), await self._listed("committed first")
        async with self._transaction() as transaction:
            await self._catalog.change(transaction, SELLER, early, {"price": 1})
            await self._change(late, price=1)
            await self._catalog.change(transaction, SELLER, early, {"price": 2})
        await self._change(late, price=2)

    async def _all_in_one_transaction(self) -> None:
        async with self._transaction(traced=True) as transaction:
            item = await self._named(transaction, "at once")
            await apply_verdict(transaction, _verdict(item, "approved", 1), uuid7(), MOMENTS[0])
            await self._catalog.change(transaction, SELLER, item, {"price": 9})
            await self._catalog.change(transaction, SELLER, item, {"category": "ui"})
            await apply_verdict(transaction, _verdict(item, "approved", 2), uuid7(), MOMENTS[1])
            await self._catalog.delete(transaction, SELLER, item)

    async def _texts(self) -> None:
        item = await self._listed("longest", LONGEST)
        await self._change(item, description=LONGEST.description[:-2] + "끝")

    async def _moments(self) -> None:
        """Events with neither a revision nor, in the table, the usual time."""
        self.names["moments"] = "moments"
        for moment in MOMENTS:
            event = ItemUpdated("moments", SELLER, 1, "", "", "ui")
            async with self._transaction(traced=True) as transaction:
                await self._outbox.put(transaction, event, occurred_at=moment)

    async def _many_at_once(self) -> None:
        wanted = {f"bulk-{number}": (replace(SWORD, name="전리품"), None) for number in range(BULK)}
        async with self._transaction() as transaction:
            done = await self._catalog.put_many(transaction, SELLER, wanted)
        assert done.created == BULK
        for row in await self.database.fetch("SELECT id, external_id FROM items WHERE external_id IS NOT NULL"):
            self.names[str(row["id"])] = row["external_id"]
        async with self._transaction() as transaction:
            await transaction.execute("UPDATE items SET status = 'approved' WHERE external_id IS NOT NULL")

    async def _last(self) -> None:
        await self._create("last")

    async def _listed(self, name: str, content: Content = SWORD) -> UUID:
        item = await self._create(name, content)
        await self._judge(item, "approved", 1)
        return item

    async def _create(self, name: str, content: Content = SWORD, *, traced: bool = False) -> UUID:
        async with self._transaction(traced=traced) as transaction:
            return await self._named(transaction, name, content)

    async def _named(self, transaction: Connection, name: str, content: Content = SWORD) -> UUID:
        item = await self._catalog.create(transaction, SELLER, content)
        self.names[str(item.id)] = name
        return item.id

    async def _change(self, item: UUID, *, traced: bool = False, **fields: object) -> Item:
        async with self._transaction(traced=traced) as transaction:
            return await self._catalog.change(transaction, SELLER, item, fields)

    async def _judge(self, item: UUID, decision: Decision, content_revision: int, *, traced: bool = False) -> None:
        async with self._transaction(traced=traced) as transaction:
            await apply_verdict(transaction, _verdict(item, decision, content_revision), uuid7(), MOMENTS[0])

    async def _sql(self, statement: str, item: UUID) -> None:
        """As somebody at a console does it: no transaction of ours, no trace."""
        await self.database.fetch(statement + " RETURNING id", item)

    @asynccontextmanager
    async def _transaction(self, *, traced: bool = False) -> AsyncIterator[Connection]:
        set_traceparent(f"00-{TRACE_ID}-b7ad6b7169203331-01" if traced else None)
        async with self.database.transaction() as transaction:
            yield transaction

    async def _somebody_waits(self) -> None:
        query = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        waiting: list[object] = []
        while not waiting:
            waiting += await self.database.fetch(query)


def _verdict(item: UUID, decision: Decision, content_revision: int) -> ItemModerated:
    return ItemModerated(str(item), content_revision, decision, tags=("자동",), policy="test", provider="local")

"""A shop in a test: items, moderators and the agents of moderation in any generation, on a real log and database."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from connectors.embedded import OutboxRelay
from herofactory.catalog import repository
from herofactory.catalog.item import Content, Item
from herofactory.catalog.service import Catalog
from herofactory.catalog.verdicts import Choice, Decisions
from herofactory.platform.clock import SystemClock
from herofactory.platform.delivery import Agent, ChunkProcessor, LogPublisher
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.platform.records import Record
from herofactory.platform.telemetry.metrics import NoMetrics
from streams.agents.listing import listing
from streams.groups import group_of
from streams.replay.ground import Ground

PLAIN = Content("강철 검", "단단한 검", "weapon", ("검",), 1500)


class Shop:
    """Nothing happens by itself: `settle` carries every event to every agent until none is left."""

    def __init__(self, ground: Ground, dsn: str) -> None:
        self.ground = ground
        self.catalog = Catalog(Outbox(ground.codec))
        self.decisions = Decisions(Outbox(ground.codec), SystemClock())
        self._outbox_relay = OutboxRelay(dsn, ground.log, NoMetrics())
        self._agents: dict[str, ChunkProcessor] = {}
        self._at: dict[tuple[str, str, int], int] = {}
        self.hire(listing(ground.database, NoMetrics()))

    @property
    def database(self) -> Database:
        return self.ground.database

    def hire(self, agent: Agent) -> None:
        """It reads all that there is, and goes on."""
        self._agents[agent.label] = ChunkProcessor(
            agent, publisher=LogPublisher(self.ground.log), values=self.ground.values
        )

    def dismiss(self, label: str) -> None:
        """It stops where it is; hired again, it goes on."""
        self._agents.pop(label)

    async def settle(self, order: Sequence[str] = ()) -> None:
        """`order`: labels of agents that are to come first in every round, in this order."""
        while await self.relay() + sum([await self.work(label) for label in dict.fromkeys((*order, *self._agents))]):
            pass

    async def put_up(self, content: Content = PLAIN) -> Item:
        async with self.database.transaction() as transaction:
            return await self.catalog.create(transaction, "seller", content)

    async def change(self, item: Item, **fields: Any) -> Item:
        async with self.database.transaction() as transaction:
            return await self.catalog.change(transaction, "seller", item.id, fields)

    async def remove(self, item: Item) -> None:
        async with self.database.connection() as connection:
            await connection.execute("DELETE FROM items WHERE id = %s", (item.id,))

    async def decide(self, item: Item, choice: Choice) -> Item:
        now = await self.get(item.id)
        async with self.database.transaction() as transaction:
            return await self.decisions.decide(
                transaction, "mod", item.id, choice, reason="Looked at.", content_revision=now.content_revision
            )

    async def get(self, item_id: UUID) -> Item:
        async with self.database.connection() as connection:
            item = await repository.get(connection, item_id)
        assert item is not None
        return item

    async def status(self, item: Item) -> str:
        return (await self.get(item.id)).status

    def read(self, topic: str) -> Sequence[Record]:
        log = self.ground.log
        return [record for at, held in log.offsets(topic).items() for record in log.read(topic, at, 0, held.end or 1)]

    async def relay(self) -> int:
        async with self.database.connection() as connection:
            return await self._outbox_relay.drain(connection)

    async def work(self, label: str) -> int:
        processor, done = self._agents[label], 0
        for topic in processor.agent.sources:
            for partition in self.ground.log.offsets(topic):
                at = self._at.get((label, topic, partition), 0)
                records = await asyncio.to_thread(self.ground.log.read, topic, partition, at, 500)
                await processor.process(records)
                if records:
                    self._at[label, topic, partition] = at = records[-1].offset + 1
                    self.ground.log.commit(group_of(label), topic, {partition: at})
                done += len(records)
        return done

"""The way of access records into figures, without a log and without waiting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from connectors.access_log.line import message
from herofactory.insights.keeping.keeper import Keeper
from herofactory.insights.traffic.refold import refold
from herofactory.platform.delivery.delivery import decode
from herofactory.platform.postgres.database import Database
from herofactory.platform.records import Record
from streams.agents.traffic import traffic
from tests.support.clock import InstantClock
from tests.support.delivery import JsonValues, Tally

TABLES = ("observations", "observation_work", "traffic_buckets", "traffic_days")


class Way:
    def __init__(self, database: Database) -> None:
        self.clock, self.metrics = InstantClock(), Tally()
        self._agent = traffic(database, self.clock, self.metrics)
        self._keeper = Keeper(database, self.clock, self.metrics, {"access": refold})

    @classmethod
    async def anew(cls, database: Database) -> Way:
        """With empty tables."""
        async with database.connection() as connection:
            await connection.execute(f"TRUNCATE {', '.join(TABLES)}".encode())
        return cls(database)

    async def take(self, lines: Sequence[bytes], *, appended: timedelta = timedelta(minutes=1)) -> list[str]:
        """One chunk; `appended` is how long after each request the log took it. The outcomes' kinds."""
        assert self._agent.handle_batch
        deliveries = []
        for line in lines:
            sent = message("access.log", line)
            at = datetime.fromisoformat(sent.headers["occurred-at"].decode()) + appended
            record = Record(sent.topic, 0, 0, None, sent.value, sent.headers, at.timestamp())
            deliveries.append(decode(record, JsonValues()))
        return [outcome.kind for outcome in await self._agent.handle_batch(deliveries)]

    async def keep(self) -> None:
        self.clock.elapsed += 3600
        await self._keeper.turn()

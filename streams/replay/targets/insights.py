"""What people look for and at, and traffic: figures that are made of kept observations, all of one generation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import UTC, datetime

from herofactory.insights import seen
from herofactory.insights.generations import FIGURES
from herofactory.insights.intake import Intake
from herofactory.insights.keeping import comparing
from herofactory.insights.keeping.keeper import Keeper
from herofactory.insights.keeping.refolds import REFOLDS
from herofactory.insights.keeping.settling import Settling
from herofactory.insights.traffic.intake import Intake as TrafficIntake
from herofactory.platform.delivery.agent import Agent
from herofactory.platform.delivery.delivery import decode
from herofactory.platform.delivery.errors import Undecodable
from herofactory.platform.postgres.database import Database
from herofactory.platform.records import Record
from herofactory.platform.replay.target import Entry
from streams.agents import insights as search
from streams.agents import traffic as access
from streams.replay.ground import Ground
from streams.replay.targets.in_tables import InTables
from streams.topics import ACCESS_LOG, ITEM_VIEWED, SEARCH_CLICKED, SEARCH_QUERY


def make(ground: Ground) -> Insights:
    return Insights(ground)


class Insights(InTables):
    """Missing terms are no part of it: what moderators decided of them is nobody's to make again."""

    kept = FIGURES
    sources: tuple[str, ...] = (SEARCH_QUERY, SEARCH_CLICKED, ITEM_VIEWED, ACCESS_LOG)

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self._read = seen.seen_by(ground.codec)
        keeper = Keeper(ground.database, ground.clock, ground.metrics, REFOLDS)
        self._settling = Settling(ground.database, keeper)

    def agents(self, database: Database, generation: int) -> Sequence[Agent]:
        codec, clock, metrics = self.ground.codec, self.ground.clock, self.ground.metrics
        return (
            search.insights(database, codec, clock, metrics, generation),
            access.traffic(database, clock, metrics, generation),
        )

    async def settled(self, generation: int) -> bool:
        return await self._settling.settled(generation)

    def entries(self, generation: int, place: str) -> AsyncIterator[Entry]:  # noqa: ARG002
        return comparing.entries(self.ground.database, generation, self.ground.clock.now())

    def scopes(self, record: Record) -> Collection[str]:
        """Hours of a shard, with the neighbours that it may change, and their days."""
        try:
            if record.topic == ACCESS_LOG:
                return self._of_request(record)
            return self._of_event(record)
        except (ValueError, Undecodable):
            return ()  # a dead letter

    def _of_request(self, record: Record) -> Collection[str]:
        intake = TrafficIntake()
        access.take(intake, decode(record, self.ground.values))
        return {comparing.hour_scope("traffic_buckets", hour, shard) for hour, shard in intake.rows}

    def _of_event(self, record: Record) -> Collection[str]:
        intake = Intake()
        search.take(intake, self._read(record))
        places = {*intake.rows, *intake.near}
        days = {comparing.day_scope(datetime.fromtimestamp(hour, UTC).date()) for hour, _ in places}
        return days | {comparing.hour_scope("term_buckets", hour, shard) for hour, shard in places}

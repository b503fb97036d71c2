"""listing: a verdict is applied to the row it judged, and to no later one."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from herofactory.catalog.verdicts import apply_verdict
from herofactory.platform.delivery.agent import Agent
from herofactory.platform.delivery.delivery import Delivery
from herofactory.platform.delivery.replayable import OWN_TABLES
from herofactory.platform.events.item import ItemModerated
from herofactory.platform.postgres.database import Database
from herofactory.platform.records import Outgoing
from herofactory.platform.telemetry.metrics import Metrics
from streams.topics import ITEM_MODERATED


def listing(database: Database, metrics: Metrics) -> Agent:
    async def handle(delivery: Delivery) -> Sequence[Outgoing]:
        event = delivery.expect(ItemModerated)
        async with database.transaction() as transaction:
            applied = await apply_verdict(transaction, event, UUID(delivery.event_id), delivery.occurred_at)
        metrics.count("hero_listing_applied_total", result="applied" if applied else "stale")
        return []

    return Agent(name="listing", sources=(ITEM_MODERATED,), handle=handle, parallelism=8, replay=OWN_TABLES)

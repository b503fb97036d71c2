"""traffic: access records are stored by the hour of their request; the keeper makes figures of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from herofactory.insights.keeping import segments
from herofactory.insights.keeping.place import Place
from herofactory.insights.traffic.intake import Intake
from herofactory.insights.traffic.request import NoRequest
from herofactory.platform.clock import Clock
from herofactory.platform.delivery.agent import Agent, Outcome
from herofactory.platform.delivery.delivery import Delivery
from herofactory.platform.delivery.replayable import OWN_TABLES
from herofactory.platform.postgres.database import Database
from herofactory.platform.telemetry.metrics import Metrics
from streams.topics import ACCESS_LOG

FOLD_AFTER = timedelta(seconds=10)
"""When an hour with something new is folded: for many chunks at once."""
RECORDS = 500
REST_S = 0.5
"""Between two chunks of a partition: every request of its own would be a transaction of its own."""


def traffic(database: Database, clock: Clock, metrics: Metrics, generation: int = 1) -> Agent:
    """Writes to `generation` alone, whichever is read."""

    async def handle_batch(deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        intake = Intake()
        outcomes = [take(intake, delivery) for delivery in deliveries]
        if intake.rows:
            await store(intake)
        metrics.count("hero_traffic_late_total", intake.late)
        return outcomes

    async def store(intake: Intake) -> None:
        async with database.transaction() as transaction:
            rows = {Place(generation, "access", *where): within for where, within in intake.rows.items()}
            await segments.append(transaction, rows)
            await segments.mark(transaction, dict.fromkeys(rows, clock.now() + FOLD_AFTER))

    return Agent(
        name="traffic",
        generation=generation,
        sources=(ACCESS_LOG,),
        handle_batch=handle_batch,
        records=RECORDS,
        rest_s=REST_S,
        replay=OWN_TABLES,
    )


def take(intake: Intake, delivery: Delivery) -> Outcome:
    try:
        intake.take(delivery.event_id, delivery.occurred_at.timestamp(), delivery.record.timestamp, delivery.event)
    except NoRequest as error:
        return Outcome.record(str(error))
    return Outcome.ok()

"""generation-figures: what became of each job of the studio is kept, and figures are counted from that."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from herofactory.insights.jobs import facts
from herofactory.insights.jobs.facts import Fact
from herofactory.platform.delivery.agent import Agent, Outcome
from herofactory.platform.delivery.delivery import Delivery
from herofactory.platform.delivery.replayable import OWN_TABLES
from herofactory.platform.events.studio import (
    GenerationCancelled,
    GenerationCompleted,
    GenerationFailed,
    GenerationRequested,
)
from herofactory.platform.postgres.database import Database
from streams.topics import GENERATION_CANCELLED, GENERATION_COMPLETED, GENERATION_FAILED, GENERATION_REQUESTED

SOURCES = (GENERATION_REQUESTED, GENERATION_COMPLETED, GENERATION_FAILED, GENERATION_CANCELLED)


def generation_figures(database: Database, generation: int = 1) -> Agent:
    """Writes to `generation` alone, whichever is read."""

    async def handle_batch(deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        read = [_read(delivery) for delivery in deliveries]
        if told := [each for each in read if isinstance(each, Fact)]:
            async with database.transaction() as transaction:
                await facts.note(transaction, generation, told)
        return [each if isinstance(each, Outcome) else Outcome.ok() for each in read]

    return Agent(
        name="generation-figures",
        generation=generation,
        sources=SOURCES,
        handle_batch=handle_batch,
        replay=OWN_TABLES,
    )


def _read(delivery: Delivery) -> Fact | Outcome:
    event, at = delivery.event, delivery.occurred_at
    try:
        match event:
            case GenerationRequested():
                return Fact(UUID(event.job_id), event.owner_id, event.preset, requested_at=at)
            case GenerationCompleted():
                made = len(event.assets)
                return Fact(UUID(event.job_id), event.owner_id, event.preset, None, at, "completed", images=made)
            case GenerationFailed():
                return Fact(UUID(event.job_id), event.owner_id, None, None, at, "failed", event.cause)
            case GenerationCancelled():
                return Fact(UUID(event.job_id), event.owner_id, None, None, at, "cancelled")
    except ValueError:
        return Outcome.record(f"a job's id is a UUID, not {delivery.key!r}")
    return Outcome.record(f"{delivery.record.topic} brought {type(event).__name__}")

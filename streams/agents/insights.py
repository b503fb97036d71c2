"""insights: what people looked for and at is stored by the hour it happened in; the keeper makes figures of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from herofactory.insights.intake import HourShard, Intake, Refused
from herofactory.insights.keeping import generations, segments
from herofactory.insights.keeping.place import Place
from herofactory.platform.clock import Clock
from herofactory.platform.delivery.agent import Agent, Outcome
from herofactory.platform.delivery.delivery import Delivery
from herofactory.platform.events.search import ItemViewed, SearchClicked, SearchQueried
from herofactory.platform.postgres.database import Database
from herofactory.platform.telemetry.metrics import Metrics
from streams.topics import ITEM_VIEWED, SEARCH_CLICKED, SEARCH_QUERY

FOLD_AFTER = timedelta(seconds=4)
"""When an hour with something new is folded: once its newest search is settled, and for many chunks at once."""
NEAR_AFTER = timedelta(seconds=60)
"""When its neighbours are, of which little if anything changes."""


def insights(database: Database, clock: Clock, metrics: Metrics, generation: int | None = None) -> Agent:
    """`generation`: the one to fill; None is the one that is read, whichever that is."""

    async def handle_batch(deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        intake = Intake()
        outcomes = [_take(intake, delivery) for delivery in deliveries]
        if intake.rows:
            await store(intake)
        for why, number in intake.left_out.items():
            metrics.count("hero_insights_left_out_total", number, why=why)
        return outcomes

    async def store(intake: Intake) -> None:
        now = clock.now()
        async with database.transaction() as transaction:
            into = await generations.active(transaction) if generation is None else generation
            rows = _placed(into, intake.rows)
            due = {Place(into, "search", *near): now + NEAR_AFTER for near in intake.near}
            due.update(dict.fromkeys(rows, now + FOLD_AFTER))
            await segments.append(transaction, rows)
            await segments.mark(transaction, due)

    return Agent(name="insights", sources=(SEARCH_QUERY, SEARCH_CLICKED, ITEM_VIEWED), handle_batch=handle_batch)


def _placed(generation: int, rows: Mapping[HourShard, Sequence[object]]) -> Mapping[Place, Sequence[Sequence[object]]]:
    return {Place(generation, "search", *where): within for where, within in rows.items()}  # type: ignore[misc]


def _take(intake: Intake, delivery: Delivery) -> Outcome:
    at, appended_at = delivery.occurred_at.timestamp(), delivery.record.timestamp
    try:
        match delivery.event:
            case SearchQueried() as event:
                intake.search(
                    delivery.event_id,
                    at,
                    appended_at,
                    event.session,
                    event.person,
                    event.source,
                    event.query_id,
                    event.normalised,
                    event.page,
                    event.total,
                    bool(event.category or event.tags or event.min_price is not None or event.max_price is not None),
                )
            case SearchClicked() as event:
                intake.click(
                    delivery.event_id,
                    at,
                    appended_at,
                    event.session,
                    event.person,
                    event.source,
                    event.query_id,
                    event.item_id,
                    event.position,
                    event.after_ms,
                )
            case ItemViewed() as event:
                intake.view(
                    delivery.event_id, at, appended_at, event.session, event.person, event.source, event.item_id
                )
            case other:
                return Outcome.record(f"{type(other).__name__} is nothing that people do")
    except Refused as error:
        return Outcome.record(str(error))
    return Outcome.ok()

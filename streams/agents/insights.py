"""insights: what people looked for and at is stored by the hour it happened in; the keeper makes figures of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from herofactory.insights.intake import HourShard, Intake, Refused
from herofactory.insights.keeping import segments
from herofactory.insights.keeping.place import Place
from herofactory.insights.seen import Seen, seen_by
from herofactory.platform.clock import Clock
from herofactory.platform.delivery.agent import OK, Agent, Outcome
from herofactory.platform.delivery.replayable import OWN_TABLES
from herofactory.platform.events import EventCodec
from herofactory.platform.postgres.database import Database
from herofactory.platform.telemetry.metrics import Metrics
from streams.topics import ITEM_VIEWED, SEARCH_CLICKED, SEARCH_QUERY

FOLD_AFTER = timedelta(seconds=4)
"""When an hour with something new is folded: once its newest search is settled, and for many chunks at once."""
NEAR_AFTER = timedelta(seconds=60)
"""When its neighbours are, of which little if anything changes."""

RECORDS = 2_000
"""Of a chunk. With 500 a third of its processor time went into transactions."""
REST_S = 0.5
"""Figures show what happened within 30 s; every search of its own would be a transaction of its own."""
CHUNKS = 4
"""Of different partitions: while one is being stored, the next is read. All mark their work in one order."""


def insights(database: Database, codec: EventCodec, clock: Clock, metrics: Metrics, generation: int = 1) -> Agent:
    """Writes to `generation` alone, whichever is read."""

    async def handle_batch(batch: Sequence[Seen]) -> Sequence[Outcome]:
        intake = Intake()
        outcomes = [take(intake, seen) for seen in batch]
        if intake.rows:
            await store(intake)
        for why, number in intake.left_out.items():
            metrics.count("hero_insights_left_out_total", number, why=why)
        return outcomes

    async def store(intake: Intake) -> None:
        now = clock.now()
        async with database.transaction() as transaction:
            rows = _placed(generation, intake.rows)
            due = {Place(generation, "search", *near): now + NEAR_AFTER for near in intake.near}
            due.update(dict.fromkeys(rows, now + FOLD_AFTER))
            await segments.append(transaction, rows)
            await segments.mark(transaction, due)

    return Agent(
        name="insights",
        generation=generation,
        sources=(SEARCH_QUERY, SEARCH_CLICKED, ITEM_VIEWED),
        handle_batch=handle_batch,
        read=seen_by(codec),
        records=RECORDS,
        chunks=CHUNKS,
        rest_s=REST_S,
        replay=OWN_TABLES,
    )


def _placed(generation: int, rows: Mapping[HourShard, Sequence[object]]) -> Mapping[Place, Sequence[Sequence[object]]]:
    return {Place(generation, "search", *where): within for where, within in rows.items()}  # type: ignore[misc]


def take(intake: Intake, seen: Seen) -> Outcome:
    topic, event_id, at, appended_at, fields = seen
    try:
        _TAKE[topic](intake, (event_id, at, appended_at), fields)
    except Refused as error:
        return Outcome.record(str(error))
    return OK


def _search(intake: Intake, when: _When, fields: Sequence[Any]) -> None:
    query_id, session, person, text, category, tags, least, most, total, page, source = fields
    filtered = bool(category or tags or least is not None or most is not None)
    intake.search(*when, session, person, source, query_id, text, page, total, filtered)


def _click(intake: Intake, when: _When, fields: Sequence[Any]) -> None:
    query_id, session, person, item_id, position, after_ms, source = fields
    intake.click(*when, session, person, source, query_id, item_id, position, after_ms)


def _view(intake: Intake, when: _When, fields: Sequence[Any]) -> None:
    item_id, session, person, source = fields
    intake.view(*when, session, person, source, item_id)


_When = tuple[str, float, float]
_TAKE: Mapping[str, Callable[[Intake, _When, Sequence[Any]], None]] = {
    SEARCH_QUERY: _search,
    SEARCH_CLICKED: _click,
    ITEM_VIEWED: _view,
}

"""Raw events as those of the log, and the tables' rows as naive figures."""

from __future__ import annotations

from typing import Any

from herofactory.insights import people
from herofactory.platform.events import Event
from herofactory.platform.events.search import ItemViewed, SearchClicked, SearchQueried, Source
from herofactory.platform.postgres.database import Database, Row
from tests.herofactory.insights.naive import Figures, Raw


def event_of(raw: Raw, source: Source | None = None) -> Event:
    source = source or ("simulated" if raw.simulated else "typed")
    person = f"{raw.person:016x}"
    if raw.kind == "click":
        return SearchClicked(
            raw.query_id, raw.session, person, None, raw.item_id, raw.position, raw.after_ms, source=source
        )
    if raw.kind == "view":
        return ItemViewed(raw.item_id, raw.session, person, None, raw.query_id or None, source=source)
    return SearchQueried(
        query_id=raw.query_id,
        session=raw.session,
        person=person,
        user_id=None,
        text=raw.text,
        normalised=raw.text,
        category="weapon" if raw.filtered else None,
        tags=(),
        min_price=None,
        max_price=None,
        sort="relevance",
        total=raw.total,
        shown=(),
        latency_ms=1.0,
        corrected_to=None,
        page=raw.page,
        source=source,
    )


async def stored(database: Database, generation: int) -> Figures:
    """What the tables of buckets say."""
    found = Figures()
    for row in await _rows(database, "term_buckets", generation):
        found.terms[row["simulated"], _seconds(row["bucket"]), row["term"], row["shard"]] = _values(row)
    for row in await _rows(database, "item_buckets", generation):
        found.items[row["simulated"], _seconds(row["bucket"]), row["item_id"], row["shard"]] = _values(row)
    for row in await _rows(database, "quality_buckets", generation):
        found.quality[row["simulated"], _seconds(row["bucket"]), row["shard"]] = _values(row)
    for row in await _rows(database, "pair_buckets", generation):
        key = (row["simulated"], _seconds(row["hour"]), row["a"], row["b"], row["shard"])
        found.pairs[key] = {"people": row["people"]}
    return found


async def days_of(database: Database, generation: int) -> Figures:
    """What the tables of days say, with the day for the bucket and without shards."""
    found = Figures()
    for row in await _rows(database, "term_days", generation):
        found.terms[row["simulated"], row["day"], row["term"]] = _values(row)
    for row in await _rows(database, "item_days", generation):
        found.items[row["simulated"], row["day"], row["item_id"]] = _values(row)
    return found


async def _rows(database: Database, table: str, generation: int) -> list[Row]:
    return await database.fetch(f"SELECT * FROM {table} WHERE generation = %s", generation)


def _values(row: Row) -> dict[str, Any]:
    keys = ("generation", "simulated", "hour", "shard", "bucket", "term", "item_id", "day")
    return {
        name: people.from_bytes(value) if isinstance(value, bytes) else value
        for name, value in row.items()
        if name not in keys
    }


def _seconds(moment: Any) -> int:
    return int(moment.timestamp())

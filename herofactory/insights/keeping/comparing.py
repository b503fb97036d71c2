"""Every figure of a generation with a digest of its content, so that two generations can be compared."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from herofactory.insights.keeping.retention import horizon
from herofactory.platform.postgres.database import Database, Row
from herofactory.platform.replay.target import Entry

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Table:
    """Rows are compared by their key; `content` is what must be equal. Sets of people are kept sorted."""

    key: tuple[str, ...]
    content: tuple[str, ...]
    hourly: bool = True


_TERM = ("forms", "searches", "empty", "clicked", "clicks", "people", "empty_people")
_ITEM = ("views", "clicks", "people")
_QUALITY = (
    "searches", "empty", "clicked", "clicks", "position_sum", "first_clicks", "first_click_ms_sum", "reformulated",
    "noise", "reloads", "robots", "people",
)  # fmt: skip
_TABLES: Mapping[str, _Table] = {
    "day_packs": _Table(("kind", "part", "simulated"), ("names", "sums", "sizes", "people"), hourly=False),
    "item_buckets": _Table(("simulated", "bucket", "item_id", "shard"), _ITEM),
    "item_days": _Table(("simulated", "item_id"), _ITEM, hourly=False),
    "pair_buckets": _Table(("simulated", "a", "b", "shard"), ("people",)),
    "quality_buckets": _Table(("simulated", "bucket", "shard"), _QUALITY),
    "term_buckets": _Table(("simulated", "bucket", "term", "shard"), _TERM),
    "term_days": _Table(("simulated", "term"), _TERM, hourly=False),
    "traffic_buckets": _Table(("minute", "route", "method", "status", "shard"), ("requests", "durations")),
}
"""In order of their names: ids begin with them. Without traffic_days: only the generation in use has any, each made in
one statement of the traffic_buckets that are compared."""


def hour_scope(table: str, hour: int, shard: int) -> str:
    """`hour`: its start, seconds since the epoch."""
    kind = "access" if table == "traffic_buckets" else "search"
    return f"{kind}/{hour}/{shard}"


def day_scope(day: date) -> str:
    return f"day/{day.isoformat()}"


async def entries(database: Database, generation: int, now: datetime) -> AsyncIterator[Entry]:
    """Ordered by id; an hour or a day in memory at a time."""
    for name, table in _TABLES.items():
        column = "hour" if table.hourly else "day"
        query = (
            f"SELECT {', '.join(table.key)}, sha256(convert_to(ROW({', '.join(table.content)})::text, 'UTF8'))"
            f" AS digest FROM {name} WHERE generation = %s AND {column} = %s"
        )
        for at in await _times(database, name, column, generation, horizon(now)):
            rows = await database.fetch(query, generation, at)
            for entry in sorted((_entry(name, table, at, row) for row in rows), key=_id):
                yield entry


async def _times(database: Database, name: str, column: str, generation: int, since: date) -> list[datetime | date]:
    rows = await database.fetch(
        f"SELECT DISTINCT {column} AS at FROM {name} WHERE generation = %s AND {column} >= %s ORDER BY 1",
        generation,
        datetime.combine(since, time(), UTC) if column == "hour" else since,
    )
    return [row["at"] for row in rows]


def _entry(name: str, table: _Table, at: datetime | date, row: Row) -> Entry:
    scope = hour_scope(name, int(at.timestamp()), row["shard"]) if isinstance(at, datetime) else day_scope(at)
    parts = (name, _plain(at), *(_plain(row[column]) for column in table.key))
    return Entry(scope, "/".join(parts), 0, row["digest"])


def _plain(value: object) -> str:
    """Times in one zone, as wide as each other: their order is that of their texts."""
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M}" if isinstance(value, datetime) else str(value)


def _id(entry: Entry) -> str:
    return entry.id

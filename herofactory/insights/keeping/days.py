"""Whole days (UTC): buckets merged over shards and times, so that a long window reads few rows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from herofactory.insights import people
from herofactory.insights.packs.kind import ITEM, TERM
from herofactory.insights.packs.packing import pack
from herofactory.platform.postgres.database import Connection, Row

_BATCH = 2_000
_BATCH_BYTES = 4 << 20
"""Of people in rows that wait to be written: a term that everybody searches for has hundreds of kilobytes of them."""
_TERMS = (
    "simulated, term, forms, searches, empty, clicked, clicks, people, empty_people",
    "term",
    "INSERT INTO term_days (generation, day, simulated, term, forms, searches, empty, clicked, clicks, people,"
    " empty_people) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %b, %b)",
)
_ITEMS = (
    "simulated, item_id, views, clicks, people",
    "item_id",
    "INSERT INTO item_days (generation, day, simulated, item_id, views, clicks, people)"
    " VALUES (%s, %s, %s, %s, %s, %s, %b)",
)


async def mark(transaction: Connection, generation: int, day: date, due: datetime) -> None:
    """The day must be merged again, not before `due`."""
    await transaction.execute(
        "INSERT INTO day_work AS work (generation, day, due_at) VALUES (%s, %s, %s) ON CONFLICT (generation, day)"
        " DO UPDATE SET version = work.version + 1, due_at = least(work.due_at, excluded.due_at)",
        (generation, day, due),
    )


async def merge(transaction: Connection, generation: int, day: date) -> None:
    """Make the day's rows anew from its buckets, one term or item in memory at a time."""
    for table, (columns, key, insert) in {"term": _TERMS, "item": _ITEMS}.items():
        await transaction.execute(
            f"DELETE FROM {table}_days WHERE generation = %s AND day = %s".encode(), (generation, day)
        )
        query = (
            f"SELECT {columns} FROM {table}_buckets WHERE generation = %s AND bucket >= %s AND bucket < %s"
            f" ORDER BY simulated, {key}"
        )
        start = datetime.combine(day, time(), UTC)
        rows = _grouped(transaction, query, (generation, start, start + timedelta(days=1)), key)
        await _insert(transaction, insert, (generation, day), rows)
    for kind in (TERM, ITEM):
        await pack(transaction, kind, generation, day)


async def _grouped(
    transaction: Connection, query: str, parameters: Sequence[object], key: str
) -> AsyncIterator[Sequence[Row]]:
    """Rows of one key together. A cursor of the server's: a busy day has millions of rows."""
    group: list[Row] = []
    async with transaction.cursor("days", scrollable=False) as cursor:
        cursor.itersize = _BATCH
        await cursor.execute(query.encode(), parameters, binary=True)
        async for row in cursor:
            if group and (group[0]["simulated"], group[0][key]) != (row["simulated"], row[key]):
                yield group
                group = []
            group.append(row)
    if group:
        yield group


async def _insert(
    transaction: Connection, insert: str, prefix: Sequence[object], groups: AsyncIterator[Sequence[Row]]
) -> None:
    waiting: list[Sequence[object]] = []
    size = 0
    async with transaction.cursor() as cursor:
        async for group in groups:
            merged = [_merged(name, [row[name] for row in group]) for name in group[0]]
            waiting.append((*prefix, *merged))
            size += sum(len(value) for value in merged if isinstance(value, bytes))
            if len(waiting) == _BATCH or size >= _BATCH_BYTES:
                await cursor.executemany(insert.encode(), waiting)
                waiting.clear()
                size = 0
        if waiting:
            await cursor.executemany(insert.encode(), waiting)


def _merged(name: str, values: Sequence[Any]) -> Any:
    if name in ("simulated", "term", "item_id"):
        return values[0]
    if name == "forms":
        forms: Counter[str] = Counter()
        for value in values:
            forms.update(value)
        return json.dumps(dict(sorted(forms.items())), ensure_ascii=False)
    if name in ("people", "empty_people"):
        return people.to_bytes(people.NOBODY.union(*map(people.from_bytes, values)))
    return sum(values)

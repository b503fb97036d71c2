"""The figures of an hour of a shard, replaced as a whole."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from herofactory.insights import people
from herofactory.insights.bucket import Fold, ItemBucket, PairBucket, QualityBucket, TermBucket
from herofactory.insights.keeping.place import Place, moment
from herofactory.platform.postgres.database import Connection

Bucket = TermBucket | ItemBucket | QualityBucket | PairBucket
_TABLES: dict[str, type[Bucket]] = {
    "term_buckets": TermBucket,
    "item_buckets": ItemBucket,
    "quality_buckets": QualityBucket,
    "pair_buckets": PairBucket,
}


async def replace(transaction: Connection, place: Place, fold: Fold) -> None:
    """The rows of `place` are those of `fold` from now on."""
    found: dict[str, Sequence[Bucket]] = {
        "term_buckets": fold.terms,
        "item_buckets": fold.items,
        "quality_buckets": fold.quality,
        "pair_buckets": fold.pairs,
    }
    for table, buckets in found.items():
        await transaction.execute(
            f"DELETE FROM {table} WHERE generation = %s AND hour = %s AND shard = %s".encode(),
            (place.generation, moment(place.hour), place.shard),
        )
        if buckets:
            await _copy(transaction, table, place, buckets)


async def _copy(transaction: Connection, table: str, place: Place, buckets: Iterable[Bucket]) -> None:
    names = [field.name for field in fields(_TABLES[table])]
    command = f"COPY {table} (generation, hour, shard, {', '.join(names)}) FROM STDIN"
    key = (place.generation, moment(place.hour), place.shard)
    async with transaction.cursor() as cursor, cursor.copy(command.encode()) as copy:
        for bucket in buckets:
            await copy.write_row((*key, *(_column(name, getattr(bucket, name)) for name in names)))


def _column(name: str, value: Any) -> Any:
    if name == "bucket":
        return moment(value)
    if name == "forms":
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, frozenset):
        return people.to_bytes(value)
    return value

"""One hour of one shard of the access log, made again from its requests."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from herofactory.insights.keeping import segments
from herofactory.insights.keeping.place import Place, moment
from herofactory.insights.keeping.segments import Segment
from herofactory.insights.segment import Row, unpack_all
from herofactory.insights.traffic import days
from herofactory.insights.traffic.durations import to_array
from herofactory.insights.traffic.fold import TrafficBucket, fold, once
from herofactory.platform.postgres.database import Connection

_COLUMNS = "generation, hour, shard, minute, route, method, status, requests, durations"


async def refold(transaction: Connection, place: Place, _now: float) -> float | None:
    """The keeper's `Refold` for the kind access. Nothing of it has to wait for what comes later."""
    own = await segments.load(transaction, place)
    many = segments.small(own)
    buckets, compacted = await asyncio.to_thread(_make, own, many)
    await days.give_up(transaction, place)
    await _replace(transaction, place, buckets)
    if many:
        await segments.replace(transaction, place, many, compacted)
    return None


def _make(own: Sequence[Segment], many: Sequence[Segment]) -> tuple[Sequence[TrafficBucket], Sequence[Row]]:
    return fold(_rows(own)), once(_rows(many))


def _rows(found: Iterable[Segment]) -> Sequence[Row]:
    return unpack_all(segment.body for segment in found)


async def _replace(transaction: Connection, place: Place, buckets: Sequence[TrafficBucket]) -> None:
    key = (place.generation, moment(place.hour), place.shard)
    await transaction.execute("DELETE FROM traffic_buckets WHERE generation = %s AND hour = %s AND shard = %s", key)
    async with (
        transaction.cursor() as cursor,
        cursor.copy(f"COPY traffic_buckets ({_COLUMNS}) FROM STDIN".encode()) as copy,
    ):
        for each in buckets:
            figures = (moment(each.minute), each.route, each.method, each.status, each.requests)
            await copy.write_row((*key, *figures, to_array(each.durations)))

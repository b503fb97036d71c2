"""Packs of a range, added up part by part."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from herofactory.insights.packs.kind import PARTS, Kind
from herofactory.insights.packs.packing import packed
from herofactory.platform.postgres.database import Connection, Row

Total = tuple[str, Sequence[int], Sequence[int]]
"""A name, its sums, and distinct people in each of its sets."""
_PACKS = """SELECT names, sums, sizes, people FROM day_packs
    WHERE generation = %(generation)s AND simulated = ANY(%(marks)s) AND day = ANY(%(days)s) AND kind = %(kind)s
    AND part = %(part)s"""


async def totals(
    connection: Connection, kind: Kind, parameters: Mapping[str, Any], besides: Sequence[Row]
) -> AsyncIterator[Total]:
    """Of every name, over the days that `parameters` names and the rows `besides`."""
    around = await asyncio.to_thread(packed, kind, besides)

    async def read(part: int) -> Sequence[Row]:
        if part == PARTS:
            return ()
        cursor = connection.cursor(binary=True)
        await cursor.execute(_PACKS.encode(), {**parameters, "kind": kind.name, "part": part})
        return [*await cursor.fetchall(), *([around[part]] if part in around else ())]

    packs = await read(0)
    for part in range(PARTS):
        # While one is added up, the next is on its way.
        found, packs = await asyncio.gather(asyncio.to_thread(_added, kind, packs), read(part + 1))
        for total in found:
            yield total


def _added(kind: Kind, packs: Sequence[Row]) -> Sequence[Total]:
    # Only who reads a long range pays for numpy.
    from herofactory.insights.packs.union import united

    return list(united(kind, packs)) if packs else ()

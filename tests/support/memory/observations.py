"""Where the insights agent stores what was observed, in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

from herofactory.insights.folding.fold import fold
from herofactory.insights.observation import Observation
from herofactory.insights.rows import observation_of
from herofactory.insights.segment import unpack
from herofactory.platform.postgres.database import Database

HOUR_S = 3600


class MemoryObservations:
    def __init__(self) -> None:
        self.rows: dict[tuple[int, int], list[Sequence[Any]]] = defaultdict(list)
        """By hour and shard, as often as they were stored."""

    @property
    def database(self) -> Database:
        """For whoever asks for one by type."""
        return cast(Database, self)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[MemoryObservations]:
        yield self

    @asynccontextmanager
    async def cursor(self) -> AsyncIterator[MemoryObservations]:
        yield self

    async def executemany(self, query: str, values: Iterable[Sequence[Any]]) -> None:
        if query.startswith("INSERT INTO observations "):
            for _, _, hour, shard, _, body in values:
                self.rows[int(hour.timestamp()), shard] += unpack(body)

    def figures(self) -> dict[tuple[int, int], object]:
        """By hour and shard; hours without any are left out."""
        hours = {hour for hour, _ in self.rows}
        near = {(hour + step * HOUR_S, shard) for hour, shard in self.rows for step in (-1, 0, 1)}
        folded = {(hour, shard): fold(hour, self._around(hour, shard)) for hour, shard in near if hour in hours}
        return {place: each for place, each in folded.items() if each.terms or each.items or each.quality}

    def _around(self, hour: int, shard: int) -> list[Observation]:
        hours = (hour - HOUR_S, hour, hour + HOUR_S)
        return [observation_of(row) for each in hours for row in self.rows.get((each, shard), ())]

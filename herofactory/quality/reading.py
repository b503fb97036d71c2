"""Rows of any source."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from herofactory.platform.delivery.values import Values
from herofactory.platform.eventlog.port import EventLog
from herofactory.platform.postgres.database import Database
from herofactory.quality.records import rows_of
from herofactory.quality.suite import SAMPLE, Row, Source, Topic


@dataclass(frozen=True, slots=True)
class Reader:
    log: EventLog
    values: Values
    database: Database
    sample: int = SAMPLE

    async def rows(self, source: Source) -> Sequence[Row]:
        """Raises LogError and psycopg.Error."""
        if isinstance(source, Topic):
            return await asyncio.to_thread(rows_of, source, self.log, self.values, self.sample)
        return [source.fields(row) for row in await self.database.fetch(source.query, self.sample)]

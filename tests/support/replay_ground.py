"""What replays in tests stand on, and a target without outputs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from herofactory.platform.clock import Clock, SystemClock
from herofactory.platform.delivery import Agent, Outcome
from herofactory.platform.delivery.replayable import OWN_TABLES
from herofactory.platform.eventlog.port import EventLog
from herofactory.platform.events import EventCodec
from herofactory.platform.postgres.database import Database
from herofactory.platform.records import Record
from herofactory.platform.settings import Settings
from herofactory.platform.telemetry.metrics import NoMetrics
from streams.replay.ground import Ground
from tests.support.replaying import TOPIC, NotesTarget, Plain


def ground_of(
    settings: Settings, database: Database, log: EventLog, codec: EventCodec, clock: Clock | None = None
) -> Ground:
    return Ground(
        settings=settings,
        database=database,
        log=log,
        codec=codec,
        values=Plain(),
        clock=clock or SystemClock(),
        metrics=NoMetrics(),
    )


class QuietNotes(NotesTarget):
    """Takes chunks, and remembers every record it was given."""

    def __init__(self, database: Database, topic: str = TOPIC) -> None:
        super().__init__(database)
        self.sources = (topic,)
        self.given: list[Record] = []
        self.records: int | None = None
        """Most of a chunk."""
        self.gate = asyncio.Event()
        """While it is not set, chunks are held up once `gate_after` records were given."""
        self.gate.set()
        self.gate_after = 0
        self.fault: str | None = None
        """Why every chunk halts the agent."""

    def agent(self, generation: int) -> Agent:
        async def handle_batch(batch: Sequence[Record]) -> Sequence[Outcome]:
            if generation and len(self.given) >= self.gate_after:
                await self.gate.wait()
            if self.fault:
                return [Outcome.fatal(self.fault)] * len(batch)
            await self.store(generation, [json.loads(record.value or b"{}") for record in batch])
            self.given += batch if generation else ()
            return [Outcome.ok()] * len(batch)

        return Agent(
            name="notes",
            generation=generation or 99,
            sources=self.sources,
            handle_batch=handle_batch,
            read=lambda record: record,
            records=self.records,
            chunks=3,
            replay=OWN_TABLES,
        )

    async def store(self, generation: int, notes: Sequence[Mapping[str, Any]]) -> None:
        async with self._database.transaction() as transaction:
            for note in notes:
                await transaction.execute(
                    "INSERT INTO notes VALUES (%s, %s, %s, %s) ON CONFLICT (generation, id) DO UPDATE"
                    " SET revision = excluded.revision, content = excluded.content"
                    " WHERE notes.revision < excluded.revision",
                    (generation, note["id"], note["revision"], note["content"]),
                )


class CopiedNotes(QuietNotes):
    """Begins with the rows of generation 1."""

    def __init__(self, database: Database, topic: str = TOPIC) -> None:
        super().__init__(database, topic)
        self.copies = 0
        self.breaks_after: int | None = None
        """Rows after which the copying breaks off."""

    async def from_database(self, generation: int, place: str) -> AsyncIterator[int]:
        self.copies += 1
        rows = await self._database.fetch("SELECT id, revision, content FROM notes WHERE generation = 1 ORDER BY id")
        for number, row in enumerate(rows, 1):
            await self.store(generation, [row])
            yield number
            if number == self.breaks_after:
                raise OSError("as planned: the connection broke")

    async def database_records(self) -> int:
        rows = await self._database.fetch("SELECT count(*) AS rows FROM notes WHERE generation = 1")
        return int(rows[0]["rows"])

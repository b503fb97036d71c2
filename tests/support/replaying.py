"""A target as small as one can be: the newest value of each key, in a table with generations."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from herofactory.platform.delivery import Agent, ChunkProcessor, Delivery
from herofactory.platform.delivery.publisher import LogPublisher
from herofactory.platform.delivery.replayable import OWN_TABLES
from herofactory.platform.eventlog.port import EventLog, TopicConfig
from herofactory.platform.postgres.database import Database
from herofactory.platform.records import Outgoing, Record
from herofactory.platform.replay.target import Cost, Effects, Entry, ReplayRefused
from streams.groups import group_of

TOPIC, OUT = "notes", "notes.out"
TOPICS = (
    TopicConfig(TOPIC, 3, None),
    TopicConfig(OUT, 1, None),
    TopicConfig("dead.notes", 1, None),
    TopicConfig("retry.notes", 1, None),
)


class Plain:
    """Values as they are."""

    def decode(self, topic: str, value: bytes | None) -> Any:
        return None if value is None else json.loads(value)

    def encode(self, topic: str, value: Any) -> bytes:
        return json.dumps(value).encode()


class NotesTarget:
    name = "notes"
    sources: tuple[str, ...] = (TOPIC,)
    effects: Effects = "own tables"

    def __init__(self, database: Database) -> None:
        self._database = database
        self.wrong: Collection[str] = ()
        """Keys that generations after the first get wrong."""
        self.unsettled: set[int] = set()
        self.steps: list[str] = []
        self.fails: str | None = None
        """The step that raises."""

    async def set_up(self) -> None:
        async with self._database.connection() as connection:
            await connection.execute(
                "CREATE TABLE notes (generation int, id text, revision int, content text, PRIMARY KEY (generation, id))"
            )

    async def place(self) -> str:
        return "notes-1"

    async def create(self, generation: int, options: Mapping[str, Any]) -> str:
        if self.fails == "create":
            raise ReplayRefused("as planned: create")
        return f"notes-{generation}"

    def agent(self, generation: int) -> Agent:
        async def handle(delivery: Delivery) -> Sequence[Outgoing]:
            found = json.loads(delivery.record.value or b"{}")
            note, content = found["id"], found["content"]
            if generation > 1 and note in self.wrong:
                content = "wrong"
            async with self._database.connection() as connection:
                await connection.execute(
                    "INSERT INTO notes VALUES (%s, %s, %s, %s) ON CONFLICT (generation, id) DO UPDATE"
                    " SET revision = excluded.revision, content = excluded.content"
                    " WHERE notes.revision < excluded.revision",
                    (generation, note, found["revision"], content),
                )
            return [Outgoing(OUT, note.encode(), content.encode(), dict(delivery.record.headers))]

        return Agent(name="notes", generation=generation, sources=(TOPIC,), handle=handle, replay=OWN_TABLES)

    @asynccontextmanager
    async def writing(self, generation: int, place: str) -> AsyncIterator[Sequence[Agent]]:
        self._step(f"writing {place}")
        try:
            yield [self.agent(generation)]
        finally:
            self._step(f"left {place}")

    @asynccontextmanager
    async def trial(self) -> AsyncIterator[Sequence[Agent]]:
        yield [self.agent(0)]

    async def cost(self, records: AsyncIterator[Record]) -> Cost:
        return Cost()

    async def settled(self, generation: int) -> bool:
        return generation not in self.unsettled

    async def entries(self, generation: int, place: str) -> AsyncIterator[Entry]:
        rows = await self._database.fetch(
            'SELECT * FROM notes WHERE generation = %s ORDER BY id COLLATE "C"', generation
        )
        for row in rows:
            yield Entry(row["id"], row["id"], row["revision"], hashlib.sha256(row["content"].encode()).digest())

    def scopes(self, record: Record) -> Collection[str]:
        return [json.loads(record.value or b"{}")["id"]]

    async def activate(self, generation: int, place: str) -> None:
        self._step(f"activate {place}")

    async def drop(self, generation: int, place: str) -> None:
        self._step(f"drop {place}")
        async with self._database.connection() as connection:
            await connection.execute("DELETE FROM notes WHERE generation = %s", (generation,))

    def _step(self, step: str) -> None:
        if self.fails and step.startswith(self.fails):
            raise ReplayRefused(f"as planned: {step}")
        self.steps.append(step)


def note(note_id: str, revision: int, content: str = "text") -> Outgoing:
    body = {"id": note_id, "revision": revision, "content": content}
    headers = {"event-id": b"01900000-0000-7000-8000-000000000000", "occurred-at": b"2026-11-23T00:00:00+00:00"}
    return Outgoing(TOPIC, note_id.encode(), json.dumps(body).encode(), headers)


async def follow(log: EventLog, agent: Agent) -> None:
    """Deal with all there is, as a worker does, and commit it."""
    processor = ChunkProcessor(agent, publisher=LogPublisher(log), values=Plain())
    for topic in agent.sources:
        at = dict(log.committed(group_of(agent.label), topic))
        for partition, held in log.offsets(topic).items():
            records = log.read(topic, partition, at.get(partition, 0), held.end)
            await processor.process(records)
            at[partition] = held.end
        log.commit(group_of(agent.label), topic, at)

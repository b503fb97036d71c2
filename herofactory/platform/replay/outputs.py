"""What an agent tells when it is replayed, kept beside what it told when the events were new."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from psycopg.types.json import Jsonb

from herofactory.platform.events.headers import REPLAY_OF
from herofactory.platform.postgres.database import Connection, Database, Row
from herofactory.platform.records import Outgoing, Record
from herofactory.platform.replay.target import Entry

PAGE = 2_000
_BEFORE_ALL = UUID(int=0)
_COLUMNS = "event_id, topic, key, value, headers, source, scope"


@dataclass(frozen=True, slots=True)
class Output:
    event_id: UUID
    """As derived from the event that was handled, also where another took its place since."""
    topic: str
    key: bytes | None
    value: bytes | None = field(repr=False)
    headers: Mapping[str, bytes] = field(repr=False)
    source: str = ""
    """`topic/partition/offset` of the record that was handled."""
    scope: str = ""
    """Its key."""

    @classmethod
    def of(cls, message: Outgoing | Record, source: str = "", scope: str = "") -> Output:
        """Raises ValueError for a message that is no event."""
        told = message.headers.get(REPLAY_OF) or message.headers.get("event-id") or b""
        return cls(UUID(told.decode()), message.topic, message.key, message.value, message.headers, source, scope)

    @property
    def digest(self) -> bytes:
        """Of what its readers see: neither its trace nor whether it was replayed."""
        parts = (self.topic.encode(), self.key, self.value, self.headers.get("event-type"))
        return hashlib.sha256(b"".join(_framed(part) for part in parts)).digest()


class Outputs:
    """Of one target."""

    def __init__(self, database: Database, target: str) -> None:
        self._database = database
        self._target = target

    async def keep(self, generation: int, outputs: Sequence[Output]) -> None:
        """The last one of each event id stays. Idempotent."""
        newest = {output.event_id: output for output in outputs}
        async with self._database.transaction() as transaction, transaction.cursor() as cursor:
            await cursor.executemany(
                f"""INSERT INTO replay_outputs AS kept (target, generation, digest, {_COLUMNS})
                    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
                    ON CONFLICT (target, generation, event_id) DO UPDATE
                       SET (topic, key, value, headers, digest) = (excluded.topic, excluded.key, excluded.value,
                           excluded.headers, excluded.digest)""".encode(),
                [
                    (self._target, generation, output.digest, *_values(output))
                    for output in sorted(newest.values(), key=lambda each: each.event_id)
                ],
            )

    async def known(self, event_ids: Collection[UUID], beside: int) -> Mapping[UUID, str]:
        """Those that generations beside that one hold, to their scopes."""
        rows = await self._database.fetch(
            "SELECT event_id, scope FROM replay_outputs WHERE target = %s AND generation <> %s AND event_id = ANY(%s)",
            self._target,
            beside,
            list(event_ids),
        )
        return {row["event_id"]: row["scope"] for row in rows}

    async def topics(self) -> Sequence[str]:
        """That replays of it would write to."""
        rows = await self._database.fetch(
            "SELECT DISTINCT topic FROM replay_outputs WHERE target = %s ORDER BY topic", self._target
        )
        return [row["topic"] for row in rows]

    async def entries(self, generation: int) -> AsyncIterator[Entry]:
        after = _BEFORE_ALL
        while rows := await self._database.fetch(
            "SELECT event_id, scope, digest FROM replay_outputs"
            f" WHERE target = %s AND generation = %s AND event_id > %s ORDER BY event_id LIMIT {PAGE}",
            self._target,
            generation,
            after,
        ):
            for row in rows:
                yield Entry(row["scope"], str(row["event_id"]), 0, bytes(row["digest"]))
            after = rows[-1]["event_id"]

    async def differing(self, new: int, old: int) -> AsyncIterator[Sequence[Output]]:
        """Of `new`, pages of what `old` holds otherwise, in the order of the events; what `old` never told as well,
        but on the way back to an older one: what came since was not its to tell."""
        after = _BEFORE_ALL
        while rows := await self._database.fetch(
            f"""SELECT {", ".join(f"new.{column}" for column in _COLUMNS.split(", "))} FROM replay_outputs AS new
                  LEFT JOIN replay_outputs AS old
                    ON old.target = new.target AND old.event_id = new.event_id AND old.generation = %s
                 WHERE new.target = %s AND new.generation = %s AND new.event_id > %s
                   AND old.digest IS DISTINCT FROM new.digest AND (new.generation > %s OR old.digest IS NOT NULL)
                 ORDER BY new.event_id LIMIT {PAGE}""",
            old,
            self._target,
            new,
            after,
            old,
        ):
            yield [_output(row) for row in rows]
            after = rows[-1]["event_id"]

    async def changes(self, old: int, new: int) -> Mapping[str, int]:
        """Topic and what is new about it, to the number of events."""
        rows = await self._database.fetch(
            """SELECT new.topic || ': ' || CASE WHEN old.digest IS NULL THEN 'not told before' ELSE 'other content' END
                      AS what, count(*) AS events
                 FROM replay_outputs AS new LEFT JOIN replay_outputs AS old
                   ON old.target = new.target AND old.event_id = new.event_id AND old.generation = %s
                WHERE new.target = %s AND new.generation = %s AND old.digest IS DISTINCT FROM new.digest
                GROUP BY 1 ORDER BY 1""",
            old,
            self._target,
            new,
        )
        return {row["what"]: int(row["events"]) for row in rows}

    async def drop(self, transaction: Connection, generation: int) -> None:
        for table in ("replay_outputs", "replay_asked"):
            await transaction.execute(
                f"DELETE FROM {table} WHERE target = %s AND generation = %s".encode(), (self._target, generation)
            )


def _framed(part: bytes | None) -> bytes:
    return b"-" if part is None else b"%d:%b" % (len(part), part)


def _values(output: Output) -> tuple[object, ...]:
    headers = Jsonb({name: value.decode() for name, value in output.headers.items()})
    return (output.event_id, output.topic, output.key, output.value, headers, output.source, output.scope)


def _output(row: Row) -> Output:
    key, value = (None if row[name] is None else bytes(row[name]) for name in ("key", "value"))
    headers = {name: text.encode() for name, text in row["headers"].items()}
    return Output(row["event_id"], row["topic"], key, value, headers, row["source"], row["scope"])

"""The port's adapter over one SQLite file. See docs/adr/0001-embedded-event-log.md."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from herofactory.platform.eventlog.embedded import administration, headers
from herofactory.platform.eventlog.embedded.alive import Alive
from herofactory.platform.eventlog.embedded.connection import prepare
from herofactory.platform.eventlog.embedded.filesystem import refuse_network_folder
from herofactory.platform.eventlog.embedded.maintenance import Maintained, Maintenance
from herofactory.platform.eventlog.embedded.moments import first_since
from herofactory.platform.eventlog.embedded.readers import Readers
from herofactory.platform.eventlog.embedded.schemas import Schemas
from herofactory.platform.eventlog.embedded.topics import Topics
from herofactory.platform.eventlog.embedded.watch import Watcher
from herofactory.platform.eventlog.embedded.writer import Job, Row, Sink, Writer
from herofactory.platform.eventlog.partitioner import partition_of
from herofactory.platform.eventlog.port import LogError, OffsetRange, Position, TopicConfig
from herofactory.platform.records import Outgoing, Record

FILE = "log.db"

Result = TypeVar("Result")


class EmbeddedLog:
    """An `EventLog` on `<folder>/log.db`, shared by any number of processes on one machine. Thread-safe.

    `sync`: SQLite's synchronous. FULL loses nothing that was accepted, even on a power cut; NORMAL may then lose the
    last transactions, but nothing when a process is killed. `max_page_count` bounds the file (4 KiB pages; for tests).
    Raises LogUnsupported, LogVersionMismatch, LogCorrupt.
    """

    def __init__(self, folder: Path | str, sync: str = "FULL", max_page_count: int | None = None) -> None:
        self.folder = Path(folder)
        refuse_network_folder(self.folder)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LogError(f"The event log's folder {self.folder} cannot be made: {error}.") from error
        self.file = self.folder / FILE
        prepare(self.file, max_page_count)
        self._readers = Readers(self.file)
        self._watcher = Watcher(self._readers)
        self._writer = Writer(self.file, sync, max_page_count, self._watcher.poke)
        self._topics = Topics(self._readers, self._writer)
        self._schemas = Schemas(self._readers, self._writer)
        self._maintenance = Maintenance(self.file, self._readers, self._writer)
        self._alive: Alive | None = None

    # -- the port

    def publish(self, messages: Sequence[Outgoing]) -> Sequence[Position]:
        rows = [self.row(message) for message in messages]
        offsets = self._writer.wait(Job(rows, None, _ignore)) if rows else ()
        return [
            Position(message.topic, row[1], offset)
            for message, row, offset in zip(messages, rows, offsets, strict=True)
        ]

    def read(self, topic: str, partition: int, offset: int, limit: int) -> Sequence[Record]:
        with self._readers.connection() as connection:
            rows = connection.execute(
                "SELECT offset, key, value, headers, timestamp FROM records "
                "WHERE topic=? AND partition=? AND offset>=? ORDER BY offset LIMIT ?",
                (self._topics[topic].id, partition, offset, limit),
            ).fetchall()
        decode = headers.decode
        return [Record(topic, partition, at, key, value, decode(head), ts) for at, key, value, head, ts in rows]

    def offsets(self, topic: str) -> Mapping[int, OffsetRange]:
        rows = self._rows('SELECT partition, earliest, "end" FROM partitions WHERE topic=?', self._topics[topic].id)
        return {partition: OffsetRange(earliest, end) for partition, earliest, end in rows}

    def committed(self, group: str, topic: str) -> Mapping[int, int]:
        entry = self._topics[topic]
        return dict(self._rows('SELECT partition, next FROM offsets WHERE "group"=? AND topic=?', group, entry.id))

    def groups(self) -> Sequence[str]:
        return [name for (name,) in self._rows('SELECT name FROM groups UNION SELECT "group" FROM offsets ORDER BY 1')]

    def commit(self, group: str, topic: str, offsets: Mapping[int, int]) -> None:
        alive, entry = self.alive, self._topics[topic]
        places = {(entry.id, partition): offset for partition, offset in offsets.items()}
        self._writer.call(lambda cursor: administration.commit(cursor, group, alive, places))

    def members(self, group: str) -> int:
        alive = self.alive
        return self.look(lambda connection: administration.members(connection, group, alive))

    def forget_group(self, group: str) -> None:
        alive = self.alive
        self._writer.call(lambda cursor: administration.forget(cursor, group, alive))

    def offsets_at(self, topic: str, moment: float) -> Mapping[int, int]:
        """By halves, so right as far as the machine's clock was never set back."""
        entry, held = self._topics[topic], self.offsets(topic)
        return self.look(
            lambda connection: {
                partition: first_since(connection, (entry.id, partition), each, moment)
                for partition, each in held.items()
            }
        )

    def topics(self) -> Mapping[str, TopicConfig]:
        return self._topics.configs()

    def create_topic(self, config: TopicConfig) -> None:
        self._topics.create(config)

    def close(self) -> None:
        """Write what was submitted, then let go of the file. A second call does nothing."""
        self._writer.close()
        self._watcher.close()
        self._readers.close()
        if self._alive is not None:
            self._alive.close()

    # -- beyond the port

    def maintain(self, now: float | None = None) -> Maintained:
        """Retention, compaction, space given back. `now`: seconds since the epoch. Call it every minute or so."""
        return self._maintenance.run(time.time() if now is None else now)

    def register_schema(self, subject: str, schema: str) -> int:
        """Idempotent: the same text under the same subject keeps its id."""
        return self._schemas.register(subject, schema)

    def schema(self, schema_id: int) -> str:
        """Raises KeyError."""
        return self._schemas.get(schema_id)

    def schemas(self, subject: str) -> Sequence[tuple[int, str]]:
        """(id, text), oldest first."""
        return self._schemas.of(subject)

    # -- for the Faust transport, which must not wait

    @property
    def watcher(self) -> Watcher:
        return self._watcher

    @property
    def alive(self) -> Alive:
        """This process's sign of life, there from the first use on."""
        if self._alive is None:
            self._alive = Alive(self.folder)
        return self._alive

    def has_topic(self, topic: str) -> bool:
        return topic in self._topics

    def topic_id(self, topic: str) -> int:
        """Raises UnknownTopic."""
        return self._topics[topic].id

    def partitions(self, topic: str) -> int:
        """Raises UnknownTopic."""
        return self._topics[topic].partitions

    def row(self, message: Outgoing, partition: int | None = None, timestamp: float | None = None) -> Row:
        """What `submit` takes. Raises UnknownTopic."""
        entry = self._topics[message.topic]
        if partition is None:
            partition = partition_of(message.key, entry.partitions)
        return entry.id, partition, timestamp, message.key, message.value, headers.encode(message.headers)

    def submit(self, rows: Sequence[Row], sink: Sink, context: Any = None) -> None:
        """Append in the next group commit; `sink` gets the finished Job in the writer's thread."""
        self._writer.submit(Job(rows, None, sink, context))

    def submit_call(self, work: Callable[[sqlite3.Cursor], Any], sink: Sink, context: Any = None) -> None:
        """Run `work` in the next group commit."""
        self._writer.submit(Job((), work, sink, context))

    def call(self, work: Callable[[sqlite3.Cursor], Result]) -> Result:
        """Run `work` in a write transaction and wait for its result."""
        result: Result = self._writer.call(work)
        return result

    def look(self, at: Callable[[sqlite3.Connection], Result]) -> Result:
        """Run `at` on a read connection."""
        with self._readers.connection() as connection:
            return at(connection)

    def _rows(self, statement: str, *values: object) -> Sequence[Any]:
        with self._readers.connection() as connection:
            return connection.execute(statement, values).fetchall()


def _ignore(jobs: Iterable[Job]) -> None:
    """The sink of a job that somebody waits for."""

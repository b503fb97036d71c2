"""Topics of the log file. Partition counts never change and topics are never removed, so both are cached for good."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from herofactory.platform.eventlog.embedded.readers import Readers
from herofactory.platform.eventlog.embedded.writer import Writer
from herofactory.platform.eventlog.port import TopicConfig, TopicMismatch, UnknownTopic

_COLUMNS = "name, partitions, retention_s, compacted, delete_retention_s"


@dataclass(frozen=True, slots=True)
class TopicEntry:
    id: int
    name: str
    partitions: int


class Topics:
    def __init__(self, readers: Readers, writer: Writer) -> None:
        self._readers, self._writer = readers, writer
        self._by_name: dict[str, TopicEntry] = {}

    def __getitem__(self, name: str) -> TopicEntry:
        """Raises UnknownTopic."""
        entry = self._by_name.get(name) or self._load(name)
        if entry is None:
            raise UnknownTopic(f"Topic {name!r} does not exist in the event log. Create it with `hero topics apply`.")
        return entry

    def __contains__(self, name: str) -> bool:
        return (self._by_name.get(name) or self._load(name)) is not None

    def configs(self) -> Mapping[str, TopicConfig]:
        with self._readers.connection() as connection:
            rows = connection.execute(f"SELECT {_COLUMNS} FROM topics ORDER BY name").fetchall()
        return {row[0]: TopicConfig(row[0], row[1], row[2], bool(row[3]), row[4]) for row in rows}

    def create(self, config: TopicConfig) -> None:
        if config.partitions < 1:
            raise ValueError(f"Topic {config.name!r} needs at least one partition, not {config.partitions}.")
        self._writer.call(lambda cursor: _create(cursor, config))

    def _load(self, name: str) -> TopicEntry | None:
        with self._readers.connection() as connection:
            row = connection.execute("SELECT id, name, partitions FROM topics WHERE name=?", (name,)).fetchone()
        if row is None:
            return None
        entry = self._by_name[name] = TopicEntry(*row)
        return entry


def _create(cursor: sqlite3.Cursor, config: TopicConfig) -> None:
    found = cursor.execute("SELECT partitions FROM topics WHERE name=?", (config.name,)).fetchone()
    if found and found[0] != config.partitions:
        raise TopicMismatch(
            f"Topic {config.name!r} has {found[0]} partitions, not {config.partitions}. That cannot change, as keys "
            "would change their partition: create a topic of another name and replay into it."
        )
    values = (config.name, config.partitions, config.retention_s, config.compacted, config.delete_retention_s)
    cursor.execute(
        f"INSERT INTO topics ({_COLUMNS}) VALUES (?,?,?,?,?) ON CONFLICT (name) DO UPDATE SET "
        "retention_s=excluded.retention_s, compacted=excluded.compacted, "
        "delete_retention_s=excluded.delete_retention_s",
        values,
    )
    (topic,) = cursor.execute("SELECT id FROM topics WHERE name=?", (config.name,)).fetchone()
    cursor.executemany(
        'INSERT OR IGNORE INTO partitions (topic, partition, earliest, "end") VALUES (?,?,0,0)',
        [(topic, partition) for partition in range(config.partitions)],
    )

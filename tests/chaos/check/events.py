"""The event log as the SQLite file that it is, and its events by the schemas in schemas/avro."""

from __future__ import annotations

import io
import json
import sqlite3
import struct
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import fastavro

SCHEMAS = Path(__file__).parents[3] / "schemas" / "avro"
_FRAME = struct.Struct(">bI")
"""Confluent's: a zero byte and the schema's id."""
_RECORDS = """SELECT t.name, r.partition, r.offset, r.key, r.value, r.headers
                FROM records r JOIN topics t ON t.id = r.topic
               WHERE t.name {which} ORDER BY t.name, r.partition, r.offset"""


@dataclass(frozen=True, slots=True)
class Event:
    topic: str
    partition: int
    offset: int
    key: str
    id: str
    revision: int | None
    occurred_at: float
    """Seconds since the epoch."""
    value: Mapping[str, Any] | None
    """None: a tombstone."""

    @property
    def place(self) -> str:
        return f"{self.topic}/{self.partition}@{self.offset}"


class LogFile:
    def __init__(self, file: Path) -> None:
        self._file = file
        self._schemas: dict[int, Any] = {}

    def events(self, *topics: str) -> list[Event]:
        """Those that are kept, each partition in its order."""
        marks = ", ".join("?" * len(topics))
        return [self._event(*row) for row in self.read(_RECORDS.format(which=f"IN ({marks})"), *topics)]

    def dead_letters(self) -> Iterator[str]:
        for topic, partition, offset, key, _, headers in self.read(_RECORDS.format(which="LIKE 'dead.%'")):
            yield f"{topic}/{partition}@{offset}: key {key!r}, {headers_of(headers)}"

    def groups(self, agent: str) -> list[str]:
        """That follow the agent's topics: one for each generation of what it makes."""
        first = f"herofactory.{agent}"
        found = self.read('SELECT DISTINCT "group" FROM offsets WHERE "group" LIKE ?', f"{first}.g%")
        return [first, *(group for (group,) in found)]

    def lag(self, group: str, topics: tuple[str, ...]) -> int:
        """Records of `topics` that `group` has still to read."""
        marks = ", ".join("?" * len(topics))
        found = self.read(
            f"""SELECT coalesce(sum(p."end" - coalesce(o.next, 0)), 0) FROM partitions p
                JOIN topics t ON t.id = p.topic
                LEFT JOIN offsets o ON o.topic = p.topic AND o.partition = p.partition AND o."group" = ?
                WHERE t.name IN ({marks})""",
            group,
            *topics,
        )
        return int(found[0][0])

    def committed(self, group: str) -> int:
        """Records that `group` has said to be done with."""
        return int(self.read('SELECT coalesce(sum(next), 0) FROM offsets WHERE "group" = ?', group)[0][0])

    def ends(self, *topics: str) -> int:
        """Records that they ever took."""
        marks = ", ".join("?" * len(topics))
        found = self.read(
            f'SELECT sum("end") FROM partitions JOIN topics ON id = topic WHERE name IN ({marks})', *topics
        )
        return int(found[0][0])

    def read(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"{self._file.absolute().as_uri()}?mode=ro", uri=True, timeout=10)) as log:
            return log.execute(statement, values).fetchall()

    def _event(self, topic: str, partition: int, offset: int, key: bytes, value: bytes | None, raw: bytes) -> Event:
        told = headers_of(raw)
        return Event(
            topic=topic,
            partition=partition,
            offset=offset,
            key=bytes(key).decode(),
            id=told["event-id"],
            revision=int(told["revision"]) if "revision" in told else None,
            occurred_at=datetime.fromisoformat(told["occurred-at"]).timestamp(),
            value=None if value is None else self._value(topic, value),
        )

    def _value(self, topic: str, value: bytes) -> Any:
        if not (SCHEMAS / f"{topic}.avsc").exists():
            return json.loads(value)
        magic, schema_id = _FRAME.unpack_from(value)
        assert magic == 0, f"a value of {topic} is not framed: {value[:8]!r}"
        body = io.BytesIO(value[_FRAME.size :])
        found: Any = fastavro.schemaless_reader(body, self._writer_schema(schema_id), _reader_schema(topic))
        assert not body.read(1), f"a value of {topic} goes on after its record"
        return found

    def _writer_schema(self, schema_id: int) -> Any:
        if schema_id not in self._schemas:
            ((text,),) = self.read("SELECT schema FROM schemas WHERE id = ?", schema_id)
            self._schemas[schema_id] = _parsed(text)
        return self._schemas[schema_id]


def headers_of(data: bytes | None) -> dict[str, str]:
    """One byte length and name, four bytes length and value, again and again."""
    found, at = {}, 0
    while data and at < len(data):
        name_end = at + 1 + data[at]
        (length,) = struct.unpack_from(">I", data, name_end)
        found[data[at + 1 : name_end].decode()] = data[name_end + 4 : name_end + 4 + length].decode()
        at = name_end + 4 + length
    return found


@cache
def _parsed(text: str) -> Any:
    return fastavro.parse_schema(json.loads(text))


@cache
def _reader_schema(topic: str) -> Any:
    return _parsed((SCHEMAS / f"{topic}.avsc").read_text(encoding="utf-8"))

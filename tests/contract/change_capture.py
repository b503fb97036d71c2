"""What every change capture is held to. A suite for an adapter subclasses ChangeCaptureContract and gives `captured`.

The order that counts is that of one key in one topic: across topics no reader sees one.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from heapq import merge
from itertools import groupby
from pathlib import Path
from typing import Any

from herofactory.platform.eventlog.port import EventLog
from herofactory.platform.events import EventCodec, Headers
from herofactory.platform.events.registry import EmbeddedRegistry, MemorySchemaStore
from herofactory.platform.postgres.database import Database, Row
from herofactory.platform.records import Record
from herofactory.platform.telemetry.tracing import trace_id_of
from streams.topics import ITEM_CREATED, ITEM_MIRRORED, ITEM_MODERATED, ITEM_UPDATED
from tests.contract.change_script import BULK, TRACE_ID, Story

TOPICS = (ITEM_CREATED, ITEM_UPDATED, ITEM_MODERATED, ITEM_MIRRORED)
PARTITIONS = 4
EXPECTED = Path(__file__).with_name("change_capture.txt")
"""The story's events as `told` writes them: what any adapter delivers."""
_DEADLINE_S = 60.0
_AT_ONCE = 5000
_OCCURRED_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|\+00:00)")
_TIMES = ("created_at", "updated_at")
_LONG = 60
# Kept beside the outbox, whose rows go when they are delivered.
_KEEP = """
CREATE TABLE written AS TABLE outbox WITH NO DATA;
CREATE FUNCTION keep_written() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO written VALUES (NEW.*); RETURN NULL; END $$;
CREATE TRIGGER keep_written AFTER INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION keep_written();
"""
Place = tuple[str, str]
"""A topic and a key."""


@dataclass(frozen=True)
class Captured:
    """The story's rows of the outbox in the order written, and every record that a log held after them."""

    rows: Sequence[Row]
    records: Sequence[Record]
    items: Sequence[Row]
    """What the table of items holds at the end: id, status, revision, name, price."""
    names: Mapping[str, str]
    codec: EventCodec

    def rows_by_place(self) -> dict[Place, list[Row]]:
        found: dict[Place, list[Row]] = {}
        for row in self.rows:
            found.setdefault((row["topic"], row["key"]), []).append(row)
        return found

    def records_by_place(self) -> dict[Place, list[Record]]:
        """Repeats that follow each other are one: at least once is what is promised."""
        found: dict[Place, list[Record]] = {}
        for record in self.records:
            found.setdefault((record.topic, (record.key or b"").decode()), []).append(record)
        return {place: [next(same) for _, same in groupby(records, _event_id)] for place, records in found.items()}

    def pairs(self) -> Iterable[tuple[Row, Record]]:
        """Each record with its row. Raises KeyError for one without."""
        rows = {str(row["id"]): row for row in self.rows}
        return ((rows[_event_id(record)], record) for record in self.records)


def make_codec() -> EventCodec:
    codec = EventCodec(EmbeddedRegistry(MemorySchemaStore()))
    codec.register_all()
    return codec


async def play(dsn: str, log: EventLog, topic_prefix: str = "") -> Captured:
    """Play the story on an empty database whose changes go to `log`, and wait until all of it is there."""
    codec = make_codec()
    async with Database(dsn) as database:
        async with database.connection() as connection:
            await connection.execute(_KEEP)
        story = Story(database, codec)
        await story.play()
        rows = await database.fetch("SELECT * FROM written ORDER BY seq")
        items = await database.fetch("SELECT id, status, revision, name, price FROM items")
    records = await asyncio.to_thread(_arrived, log, topic_prefix, {str(row["id"]) for row in rows})
    return Captured(rows, records, items, story.names, codec)


class ChangeCaptureContract:
    def test_every_committed_event_arrives_and_no_other(self, captured: Captured) -> None:
        assert {_event_id(record) for record in captured.records} == {str(row["id"]) for row in captured.rows}
        assert len(captured.rows) > 2 * BULK

    def test_events_of_a_key_keep_the_order_of_its_commits(self, captured: Captured) -> None:
        written = {place: [str(row["id"]) for row in rows] for place, rows in captured.rows_by_place().items()}
        arrived = {place: list(map(_event_id, records)) for place, records in captured.records_by_place().items()}
        assert arrived == written

    def test_revisions_of_a_key_rise(self, captured: Captured) -> None:
        for (topic, _), records in captured.records_by_place().items():
            revisions = [Headers.parse(record.headers).revision or 0 for record in records]
            strictly = topic == ITEM_MIRRORED
            assert revisions == sorted(set(revisions) if strictly else revisions)

    def test_payloads_arrive_byte_for_byte_and_none_as_a_tombstone(self, captured: Captured) -> None:
        for row, record in captured.pairs():
            assert record.value == row["payload"]
            assert (record.value is None) == (row["payload"] is None)

    def test_topic_and_key_are_the_rows(self, captured: Captured) -> None:
        for row, record in captured.pairs():
            assert (record.topic, record.key) == (row["topic"], row["key"].encode())

    def test_headers_say_what_the_row_says(self, captured: Captured) -> None:
        for row, record in captured.pairs():
            assert Headers.parse(record.headers) == Headers(
                str(row["id"]), row["event_type"], row["occurred_at"], row["revision"], row["traceparent"]
            )

    def test_what_a_row_leaves_out_is_no_header(self, captured: Captured) -> None:
        for row, record in captured.pairs():
            assert ("revision" in record.headers) == (row["revision"] is not None)
            assert ("traceparent" in record.headers) == (row["traceparent"] is not None)
            assert record.headers.get("replay-id") == (row["replay_id"] and str(row["replay_id"]).encode())

    def test_times_are_utc_and_exact_to_the_microsecond(self, captured: Captured) -> None:
        for row, record in captured.pairs():
            assert _OCCURRED_AT.fullmatch(record.headers["occurred-at"].decode())
            assert Headers.parse(record.headers).occurred_at == row["occurred_at"]

    def test_the_mirror_ends_as_the_table_of_items(self, captured: Captured) -> None:
        ends = {
            key: records[-1] for (topic, key), records in captured.records_by_place().items() if topic == ITEM_MIRRORED
        }
        listed = {key: json.loads(record.value) for key, record in ends.items() if record.value is not None}
        assert {key: (each["revision"], each["name"], each["price"]) for key, each in listed.items()} == {
            str(row["id"]): (row["revision"], row["name"], row["price"])
            for row in captured.items
            if row["status"] == "approved"
        }

    def test_a_key_lies_where_every_client_looks_for_it(self, captured: Captured) -> None:
        from aiokafka.partitioner import DefaultPartitioner

        partitioner, every = DefaultPartitioner(), list(range(PARTITIONS))
        for record in captured.records:
            assert record.partition == partitioner(record.key, every, every)

    def test_the_story_reads_the_same_from_every_adapter(self, captured: Captured) -> None:
        assert told(captured).splitlines() == EXPECTED.read_text(encoding="utf-8").splitlines()


def told(captured: Captured) -> str:
    """What arrived, key by key, without what differs each time, and without fields that are empty.

    An event's id is `#` and its place among the events of its key; within one topic they stand as they arrived.
    """
    ordinals: dict[str, int] = {}
    counts: Counter[str] = Counter()
    for row in captured.rows:
        counts[row["key"]] += 1
        ordinals[str(row["id"])] = counts[row["key"]]
    chapters: dict[str, list[list[tuple[int, str]]]] = {}
    for (_, key), records in captured.records_by_place().items():
        lines = [(ordinals[_event_id(record)], _line(record, captured)) for record in records]
        chapters.setdefault(key, []).append(lines)
    texts = Counter(_chapter(_name(key, captured), topics) for key, topics in chapters.items())
    return "".join(f"{count} x {text}\n" for text, count in sorted(texts.items()))


def _chapter(name: str, topics: Iterable[Iterable[tuple[int, str]]]) -> str:
    """A merge, not a sort: what arrived out of order stays so."""
    return "\n".join([name, *(f"  #{ordinal} {line}" for ordinal, line in merge(*topics))])


def _line(record: Record, captured: Captured) -> str:
    headers = Headers.parse(record.headers)
    trace = trace_id_of(headers.traceparent)
    whose = "no trace" if trace is None else "the trace" if trace == TRACE_ID else "own trace"
    event = "" if record.topic == headers.event_type else f" as {headers.event_type}"
    return f"{record.topic}{event}, revision {headers.revision}, {whose}: {_value(record, captured)}"


def _value(record: Record, captured: Captured) -> str:
    if record.value is None:
        return "gone"
    fields = json.loads(record.value) if record.topic == ITEM_MIRRORED else _event(record.value, record.topic, captured)
    shown = {name: _plain(name, fields[name], captured) for name in sorted(fields) if fields[name]}
    text = json.dumps(shown, ensure_ascii=False)
    return re.sub(r'"bulk-\d+"', '"bulk"', text)


def _event(value: bytes, topic: str, captured: Captured) -> dict[str, Any]:
    event: Any = captured.codec.decode(topic, value)
    return asdict(event)


def _plain(name: str, value: Any, captured: Captured) -> Any:
    if name in _TIMES:
        return "time" if _OCCURRED_AT.fullmatch(value) else value
    if name in ("id", "item_id"):
        return _name(value, captured)
    return f"{value[:12]} and so on, {len(value)}" if isinstance(value, str) and len(value) > _LONG else value


def _name(key: str, captured: Captured) -> str:
    return re.sub(r"bulk-\d+", "bulk", captured.names.get(key, f"nobody's {key}"))


def _arrived(log: EventLog, prefix: str, awaited: set[str]) -> list[Record]:
    """Everything in the topics once all that is awaited is there, each partition in its order."""
    found: dict[tuple[str, int], list[Record]] = {
        (topic, partition): [] for topic in TOPICS for partition in range(PARTITIONS)
    }
    missing, deadline = set(awaited), time.monotonic() + _DEADLINE_S
    while missing:
        assert time.monotonic() < deadline, f"{len(missing)} of {len(awaited)} events did not arrive"
        time.sleep(0.02)
        for (topic, partition), held in found.items():
            at = held[-1].offset + 1 if held else 0
            held += log.read(prefix + topic, partition, at, _AT_ONCE)
            missing -= {_event_id(record) for record in held if record.offset >= at}
    return [_named(record, topic) for (topic, _), records in found.items() for record in records]


def _named(record: Record, topic: str) -> Record:
    return Record(topic, record.partition, record.offset, record.key, record.value, record.headers, record.timestamp)


def _event_id(record: Record) -> str:
    return record.headers["event-id"].decode()

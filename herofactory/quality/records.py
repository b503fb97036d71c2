"""The newest records of a topic as rows."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from herofactory.platform.delivery.values import Values
from herofactory.platform.eventlog.port import EventLog
from herofactory.platform.events import Headers
from herofactory.platform.records import Record
from herofactory.quality.suite import SAMPLE, WHERE, Row, Topic

PAGE = 500
SIMULATED = "simulated"


def rows_of(topic: Topic, log: EventLog, values: Values, sample: int = SAMPLE) -> list[Row]:
    """At most `sample` rows, by equal shares of the partitions. A topic that nobody created yet has none."""
    rows: list[dict[str, Any]] = []
    contents: dict[str, set[bytes]] = defaultdict(set)
    for record in _newest(log, topic.name, sample):
        row = _row(topic, record, values)
        rows.append(row)
        if row["event_id"]:
            contents[row["event_id"]].add(_digest(record))
    for row in rows:
        row["contents_of_event_id"] = len(contents[row["event_id"]]) if row["event_id"] else None
    return list(rows)


def _newest(log: EventLog, topic: str, sample: int) -> Iterator[Record]:
    if topic not in log.topics():
        return
    held = log.offsets(topic)
    share = max(1, sample // max(1, len(held)))
    for partition, offsets in sorted(held.items()):
        at = max(offsets.earliest, offsets.end - share)
        while at < offsets.end:
            page: Sequence[Record] = log.read(topic, partition, at, min(PAGE, offsets.end - at))
            yield from page
            if not page:
                break
            at = page[-1].offset + 1


def _digest(record: Record) -> bytes:
    key, value = record.key or b"", b"\0" if record.value is None else b"\1" + record.value
    return hashlib.blake2b(len(key).to_bytes(4) + key + value, digest_size=16).digest()


def _row(topic: Topic, record: Record, values: Values) -> dict[str, Any]:
    row: dict[str, Any] = {
        WHERE: f"{record.topic}/{record.partition}@{record.offset}",
        "key": None if record.key is None else record.key.decode(errors="replace"),
        "undecodable": None,
    }
    value: Any = None
    try:
        value = None if record.value is None else values.decode(topic.name, record.value)
        row |= topic.fields(value)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        row["undecodable"] = f"{type(error).__name__}: {error}"
    return row | _headers(record, value, is_simulated=row.get("source") == SIMULATED)


def _headers(record: Record, value: object, *, is_simulated: bool) -> dict[str, Any]:
    """Who it is and when it was: in the headers, or in the value where a log shipper wrote it."""
    row: dict[str, Any] = {"header_problem": None, "event_id": None, "event_type": None, "revision": None}
    row["lateness_s"] = None
    try:
        headers = Headers.parse(record.headers) if "event-id" in record.headers else Headers.of_document(value)
    except ValueError as error:
        return row | {"header_problem": str(error)}
    row |= {"event_id": headers.event_id, "event_type": headers.event_type, "revision": headers.revision}
    if not is_simulated:  # what is simulated happens at a time of its own
        row["lateness_s"] = record.timestamp - headers.occurred_at.timestamp()
    return row

"""Records of the log in a form that people and programs can read."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from typing import Any

from herofactory.platform.delivery.values import Values
from herofactory.platform.eventlog.port import EventLog
from herofactory.platform.records import Record
from streams.topics import TOPICS

_PAGE = 500


def newest(log: EventLog, topic: str, count: int) -> list[Record]:
    """The last `count` records over all partitions, oldest first."""
    found: list[Record] = []
    for partition, held in log.offsets(topic).items():
        found += log.read(topic, partition, max(held.earliest, held.end - count), count)
    return heapq.nlargest(count, found, key=lambda each: (each.timestamp, each.offset))[::-1]


def after(log: EventLog, topic: str, positions: dict[int, int]) -> Iterator[Record]:
    """Records from `positions` on, which are moved."""
    for partition, held in sorted(log.offsets(topic).items()):
        while positions.setdefault(partition, held.earliest) < held.end:
            page = log.read(topic, partition, positions[partition], _PAGE)
            if not page:
                break
            yield from page
            positions[partition] = page[-1].offset + 1


def readable(record: Record, values: Values) -> dict[str, Any]:
    """JSON of a record: coordinates, time, headers as text, the value decoded."""
    headers = {name: value.decode(errors="replace") for name, value in record.headers.items()}
    value, problem = decoded(headers.get("dead-topic", record.topic), record.value, values)
    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "at": datetime.fromtimestamp(record.timestamp, UTC).isoformat(timespec="milliseconds"),
        "key": None if record.key is None else record.key.decode(errors="replace"),
        "headers": headers,
        "value": value,
        **({"undecodable": problem} if problem else {}),
    }


def decoded(topic: str, value: bytes | None, values: Values) -> tuple[Any, str | None]:
    """The value as JSON (None for a tombstone), and why it is hex instead where it cannot be decoded."""
    if value is None:
        return None, None
    known = TOPICS.get(topic)
    if known is None or known.values == "bytes":
        return value.hex(), f"no schema for {topic}"
    try:
        found = values.decode(topic, value)
    except (ValueError, LookupError) as error:
        return value.hex(), str(error)
    return _plain(found), None


def _plain(value: object) -> object:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value

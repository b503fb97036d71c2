"""An event of people as the few fields that figures need: building all of it is most of an agent's time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from herofactory.platform.events import EventCodec
from herofactory.platform.events.headers import identity
from herofactory.platform.records import Record

FIELDS: Mapping[str, tuple[str, ...]] = {
    "search.query": (
        "query_id",
        "session",
        "person",
        "normalised",
        "category",
        "tags",
        "min_price",
        "max_price",
        "total",
        "page",
        "source",
    ),
    "search.clicked": ("query_id", "session", "person", "item_id", "position", "after_ms", "source"),
    "item.viewed": ("item_id", "session", "person", "source"),
}
"""By topic, in the order of their schemas."""
Seen = tuple[str, str, float, float, list[Any]]
"""Topic, event id, event time, when the log took it (both in seconds since the epoch), and the FIELDS of its topic."""


def seen_by(codec: EventCodec) -> Callable[[Record], Seen]:
    """A function that raises ValueError for a record that is no event of FIELDS."""
    readers = {topic: codec.fields(topic, names) for topic, names in FIELDS.items()}

    def read(record: Record) -> Seen:
        if record.value is None:
            raise ValueError(f"a record of {record.topic} without a value says nothing")
        fields = readers[record.topic](record.value)
        return record.topic, *identity(record.headers), record.timestamp, fields

    return read

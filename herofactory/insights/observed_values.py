"""Events of people as the few fields that figures need: building all of them is most of an agent's time."""

from __future__ import annotations

from herofactory.platform.delivery.values import Value, Values
from herofactory.platform.events import Event, EventCodec

FIELDS: dict[str, tuple[str, ...]] = {
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


class ObservedValues(Values):
    """Reads lists of FIELDS; writes whole events."""

    def __init__(self, codec: EventCodec) -> None:
        self._codec = codec

    def encode(self, topic: str, value: Value) -> bytes:
        if not isinstance(value, Event):
            raise TypeError(f"topic {topic} carries Avro events, not {type(value).__name__}")
        return self._codec.encode(value)

    def decode(self, topic: str, data: bytes) -> Value:
        """Raises CodecError."""
        return self._codec.fields(topic, data, FIELDS[topic])

"""Record values: typed Avro events on most topics, plain JSON documents on some."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol, TypeAlias

from herofactory.platform.events import Event, EventCodec

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"
Value: TypeAlias = "Event | Json"


def _refuse(constant: str) -> Json:
    raise ValueError(f"{constant} is not JSON")


# Python reads NaN and Infinity by default, which nobody downstream does.
_JSON = json.JSONDecoder(parse_constant=_refuse)


class Values(Protocol):
    def encode(self, topic: str, value: Value) -> bytes: ...

    def decode(self, topic: str, data: bytes) -> Value:
        """Raises ValueError for bytes that are no value of `topic`; an unreachable registry raises what it likes."""


class TopicValues:
    """Avro events, except on `json_topics`."""

    def __init__(self, codec: EventCodec, json_topics: Collection[str] = ()) -> None:
        self._codec = codec
        self._json = frozenset(json_topics)

    def encode(self, topic: str, value: Value) -> bytes:
        if topic in self._json:
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
        if not isinstance(value, Event) or value.topic != topic:
            raise TypeError(f"topic {topic} carries Avro events of its own, not {type(value).__name__}")
        return self._codec.encode(value)

    def decode(self, topic: str, data: bytes) -> Value:
        if topic in self._json:
            value: Json = _JSON.decode(data.decode())
            return value
        return self._codec.decode(topic, data)

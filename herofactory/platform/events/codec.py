"""Events to bytes and back, in Confluent's Avro framing: 0x00, four bytes of schema id, the Avro body."""

from __future__ import annotations

import dataclasses
import io
import struct
import typing
from collections.abc import Mapping
from typing import Any

from fastavro import schemaless_reader, schemaless_writer

from herofactory.platform.events.base import EVENTS, Event
from herofactory.platform.events.registry import SchemaRegistry, UnknownSchema
from herofactory.platform.events.schema import parsed_schema, schema_text

_FRAME = struct.Struct(">bI")


class CodecError(ValueError):
    """Bytes that are no event of their topic."""


def subject_of(topic: str) -> str:
    """Confluent's TopicNameStrategy."""
    return f"{topic}-value"


class EventCodec:
    def __init__(self, registry: SchemaRegistry) -> None:
        self._registry = registry
        self._frames: dict[str, bytes] = {}

    def register_all(self) -> Mapping[str, int]:
        """Register every event's schema; topic to id. Raises IncompatibleSchema."""
        return {topic: self._registry.register(subject_of(topic), schema_text(topic)) for topic in sorted(EVENTS)}

    def encode(self, event: Event) -> bytes:
        """Raises UnknownSchema where `register_all` never ran against this registry."""
        body = io.BytesIO()
        body.write(self._frame(event.topic))
        schemaless_writer(body, parsed_schema(schema_text(event.topic)), _plain(event))
        return body.getvalue()

    def decode(self, topic: str, value: bytes) -> Event:
        """Raises CodecError."""
        if topic not in EVENTS:
            raise CodecError(f"{topic} carries no Avro events")
        if len(value) < _FRAME.size or value[0] != 0:
            raise CodecError(f"a value of {topic} does not begin with the frame 0x00 + schema id: {value[:5].hex()!r}")
        writer = self._writer_schema(topic, _FRAME.unpack_from(value)[1])
        try:
            fields = schemaless_reader(io.BytesIO(value[_FRAME.size :]), writer, parsed_schema(schema_text(topic)))
        except Exception as error:  # fastavro raises whatever broken bytes lead it to
            raise CodecError(f"a value of {topic} is not readable under its schema: {error!r}") from error
        return typing.cast(Event, _typed(EVENTS[topic], fields))

    def _frame(self, topic: str) -> bytes:
        frame = self._frames.get(topic)
        if frame is None:
            schema_id = self._registry.id_of(subject_of(topic), schema_text(topic))
            frame = self._frames[topic] = _FRAME.pack(0, schema_id)
        return frame

    def _writer_schema(self, topic: str, schema_id: int) -> Any:
        try:
            return parsed_schema(self._registry.schema(schema_id))
        except UnknownSchema as error:
            raise CodecError(
                f"a value of {topic} names schema {schema_id}, which the registry does not hold"
            ) from error


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _typed(hint: Any, value: Any) -> Any:
    if dataclasses.is_dataclass(hint):
        hints = _hints(typing.cast(type, hint))
        return hint(**{name: _typed(hints[name], item) for name, item in value.items()})  # type: ignore[operator]
    if isinstance(value, list):
        inner = typing.get_args(hint)[0]
        return tuple(_typed(inner, item) for item in value)
    return value


_HINTS: dict[type, dict[str, Any]] = {}


def _hints(cls: type) -> dict[str, Any]:
    hints = _HINTS.get(cls)
    if hints is None:
        hints = _HINTS[cls] = typing.get_type_hints(cls)
    return hints

"""Events to bytes and back, in Confluent's Avro framing: 0x00, four bytes of schema id, the Avro body."""

from __future__ import annotations

import dataclasses
import io
import struct
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from fastavro import schemaless_reader, schemaless_writer

from herofactory.platform.events.base import EVENTS, Event
from herofactory.platform.events.convert import from_plain, to_plain
from herofactory.platform.events.projection import Project, projection
from herofactory.platform.events.registry import SchemaRegistry, UnknownSchema
from herofactory.platform.events.schema import parsed_schema, raw_schema, schema_text

_FRAME = struct.Struct(">bI")
Fields = Callable[[bytes], list[Any]]
"""From a record's value to some fields, in the order of the schema."""


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
        ids = {topic: self._registry.register(subject_of(topic), schema_text(topic)) for topic in sorted(EVENTS)}
        self._frames.update({topic: _FRAME.pack(0, schema_id) for topic, schema_id in ids.items()})
        return ids

    def is_ready(self, topic: str) -> bool:
        """Whether `encode` needs not ask the registry for an event of `topic`."""
        return topic in self._frames

    def load_ids(self) -> bool:
        """Ask for every schema's id now, so that no event waits for an answer. False: some are not to be had yet."""
        for topic in sorted(EVENTS):
            with suppress(ConnectionError, UnknownSchema):
                self._frame(topic)
        return all(self.is_ready(topic) for topic in EVENTS)

    def encode(self, event: Event) -> bytes:
        """Raises UnknownSchema where `register_all` never ran against this registry."""
        body = io.BytesIO()
        body.write(self._frame(event.topic))
        schemaless_writer(body, parsed_schema(schema_text(event.topic)), _to_plain(event))
        return body.getvalue()

    def decode(self, topic: str, value: bytes) -> Event:
        """Raises CodecError."""
        writer = self._writer_schema(topic, _schema_id(topic, value))
        try:
            fields = schemaless_reader(io.BytesIO(value[_FRAME.size :]), writer, parsed_schema(schema_text(topic)))
        except Exception as error:  # fastavro raises whatever broken bytes lead it to
            raise CodecError(f"a value of {topic} is not readable under its schema: {error!r}") from error
        return _from_plain(EVENTS[topic], fields)

    def fields(self, topic: str, names: Sequence[str]) -> Fields:
        """A function that reads only these fields: much less work where these are few. It raises CodecError."""
        known: dict[bytes, Project] = {}

        def read(value: bytes) -> list[Any]:
            project = known.get(value[: _FRAME.size])
            if project is None:
                schema_id = _schema_id(topic, value)
                project = known[value[: _FRAME.size]] = self._projection(topic, schema_id, names)
            try:
                return project(value, _FRAME.size)
            except (IndexError, ValueError) as error:
                raise CodecError(f"a value of {topic} is not readable under its schema: {error!r}") from error

        return read

    def _projection(self, topic: str, schema_id: int, names: Sequence[str]) -> Project:
        if self._writer_schema(topic, schema_id) == parsed_schema(schema_text(topic)):
            return projection(raw_schema(topic), names)
        wanted = [name for name in _names(topic) if name in names]

        def resolve(value: bytes, _position: int) -> list[Any]:
            """What another version wrote takes Avro's rules of resolution."""
            event = self.decode(topic, value)
            return [getattr(event, name) for name in wanted]

        return resolve

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


def _schema_id(topic: str, value: bytes) -> int:
    if topic not in EVENTS:
        raise CodecError(f"{topic} carries no Avro events")
    if len(value) < _FRAME.size or value[0] != 0:
        raise CodecError(f"a value of {topic} does not begin with the frame 0x00 + schema id: {value[:5].hex()!r}")
    return int(_FRAME.unpack_from(value)[1])


def _names(topic: str) -> Sequence[str]:
    cls: Any = EVENTS[topic]
    return [field.name for field in dataclasses.fields(cls)]


def _to_plain(event: Event) -> Any:
    cls: Any = type(event)
    convert = to_plain(cls)
    assert convert is not None  # an event is a dataclass
    return convert(event)


def _from_plain(cls: Any, fields: Any) -> Event:
    convert = from_plain(cls)
    assert convert is not None
    event: Event = convert(fields)
    return event

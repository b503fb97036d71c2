"""Typed events that cannot drift from their schema: a class that does not match it cannot be defined."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal, TypeVar, get_args, get_origin

from herofactory.platform.events.schema import raw_schema

_PRIMITIVES = {str: "string", int: "long", float: "double", bool: "boolean"}


class Event:
    """What every event has. Subclasses are frozen dataclasses declared with `@event("topic")`."""

    topic: ClassVar[str]

    @property
    def key(self) -> str:
        """The record's key: events of one key keep their order."""
        raise NotImplementedError


E = TypeVar("E", bound=type[Event])
EVENTS: dict[str, type[Event]] = {}
"""Topic to event class."""


class SchemaDrift(TypeError):
    """An event class and its Avro schema disagree."""


def event(topic: str) -> Callable[[E], E]:
    """Bind a dataclass to the schema of `topic`; raises SchemaDrift where their fields, order or types differ."""

    def bind(cls: E) -> E:
        declared = ("record", record_shape(cls))
        wanted = _shape_of(raw_schema(topic))
        if declared != wanted:
            raise SchemaDrift(
                f"{cls.__name__} does not match schemas/avro/{topic}.avsc: class {declared}, schema {wanted}"
            )
        cls.topic = topic
        EVENTS[topic] = cls
        return cls

    return bind


def record_shape(cls: type) -> list[tuple[str, Any]]:
    """Field names and Avro types of a dataclass, comparable with a schema's."""
    hints = typing.get_type_hints(cls)
    return [(field.name, _avro_type(hints[field.name])) for field in dataclasses.fields(cls)]


def _avro_type(hint: Any) -> Any:
    if hint in _PRIMITIVES:
        return _PRIMITIVES[hint]
    origin, args = get_origin(hint), get_args(hint)
    if origin is tuple:
        return ("array", _avro_type(args[0]))
    if origin is Literal:
        return ("enum", args)
    if origin in (typing.Union, types.UnionType):
        return ("optional", _avro_type(next(a for a in args if a is not types.NoneType)))
    if origin is not None and issubclass(origin, Mapping):
        return ("map", _avro_type(args[1]))
    if dataclasses.is_dataclass(hint):
        return ("record", record_shape(typing.cast(type, hint)))
    raise SchemaDrift(f"{hint!r} has no Avro type here")


def _shape_of(schema: Any) -> Any:
    if isinstance(schema, list):
        return ("optional", _shape_of(next(branch for branch in schema if branch != "null")))
    if isinstance(schema, str):
        return schema
    match schema["type"]:
        case "array":
            return ("array", _shape_of(schema["items"]))
        case "map":
            return ("map", _shape_of(schema["values"]))
        case "enum":
            return ("enum", tuple(schema["symbols"]))
        case "record":
            return ("record", [(field["name"], _shape_of(field["type"])) for field in schema["fields"]])
        case inner:
            return _shape_of(inner)

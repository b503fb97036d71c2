"""Between event classes and the plain values Avro writes; worked out once per class, since it runs for every record."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

Convert = Callable[[Any], Any]


@cache
def to_plain(hint: Any) -> Convert | None:
    """From a value of type `hint` to what fastavro takes; None where it is that already."""
    if dataclasses.is_dataclass(hint):
        return _record_to_plain(typing.cast(type, hint))
    if typing.get_origin(hint) is tuple:
        inner = to_plain(typing.get_args(hint)[0])
        return list if inner is None else lambda values: [inner(value) for value in values]
    return _through_optional(hint, to_plain)


@cache
def from_plain(hint: Any) -> Convert | None:
    """From what fastavro reads to a value of type `hint`; None where it is that already."""
    if dataclasses.is_dataclass(hint):
        return _record_from_plain(typing.cast(type, hint))
    if typing.get_origin(hint) is tuple:
        inner = from_plain(typing.get_args(hint)[0])
        return tuple if inner is None else lambda values: tuple(inner(value) for value in values)
    return _through_optional(hint, from_plain)


def _record_to_plain(cls: type) -> Convert:
    fields = tuple((name, to_plain(hint)) for name, hint in _hints(cls).items())

    def convert(record: Any) -> dict[str, Any]:
        return {
            name: getattr(record, name) if inner is None else inner(getattr(record, name)) for name, inner in fields
        }

    return convert


def _record_from_plain(cls: type) -> Convert:
    changed = {name: inner for name, hint in _hints(cls).items() if (inner := from_plain(hint)) is not None}

    def convert(fields: Mapping[str, Any]) -> Any:
        return cls(**{name: changed[name](value) if name in changed else value for name, value in fields.items()})

    return convert


def _through_optional(hint: Any, convert: Callable[[Any], Convert | None]) -> Convert | None:
    if typing.get_origin(hint) not in (typing.Union, types.UnionType):
        return None
    inner = convert(next(arg for arg in typing.get_args(hint) if arg is not types.NoneType))
    return inner and (lambda value: None if value is None else inner(value))


def _hints(cls: type) -> dict[str, Any]:
    hints = typing.get_type_hints(cls)
    return {field.name: hints[field.name] for field in dataclasses.fields(cls)}

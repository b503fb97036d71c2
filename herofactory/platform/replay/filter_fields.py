"""What a filter can ask of a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from herofactory.platform.delivery.values import Values
from herofactory.platform.records import Record

Get = Callable[[Record, Values], Any]
"""None where the record has no such thing."""


def _text(data: bytes | None) -> str | None:
    return None if data is None else data.decode("utf-8", "replace")


def _header(name: str) -> Get:
    return lambda record, _: _text(record.headers.get(name))


def _revision(record: Record, _: Values) -> int | None:
    with suppress(KeyError, ValueError):
        return int(record.headers["revision"])
    return None


def _occurred_at(record: Record, _: Values) -> datetime | None:
    with suppress(KeyError, ValueError):
        return datetime.fromisoformat(record.headers["occurred-at"].decode())
    return None


PLAIN: Mapping[str, Get] = {
    "topic": lambda record, _: record.topic,
    "partition": lambda record, _: record.partition,
    "offset": lambda record, _: record.offset,
    "key": lambda record, _: _text(record.key),
    "time": lambda record, _: datetime.fromtimestamp(record.timestamp, UTC),
    "event-id": _header("event-id"),
    "event-type": _header("event-type"),
    "occurred-at": _occurred_at,
    "revision": _revision,
}
NUMBERS = frozenset({"partition", "offset", "revision"})
MOMENTS = frozenset({"time", "occurred-at"})
KNOWN = (*PLAIN, "header.<name>", "value", "value.<field>")


def getter(field: str) -> Get | None:
    """None for a field that no record has."""
    if field in PLAIN:
        return PLAIN[field]
    head, _, rest = field.partition(".")
    if head == "header" and rest:
        return _header(rest)
    if field == "value":
        return lambda record, _: None if record.value is None else True
    path = tuple(rest.split("."))
    if head != "value" or not all(path):
        return None
    return lambda record, values: _at(_decoded(record, values), path)


def _decoded(record: Record, values: Values) -> Any:
    """None for a tombstone, and for what is no value of its topic: nothing can be said about that."""
    if record.value is None:
        return None
    try:
        return values.decode(record.topic, record.value)
    except (ValueError, RecursionError):
        return None


def _at(value: Any, path: Sequence[str]) -> Any:
    for name in path:
        if isinstance(value, Mapping):
            value = value.get(name)
        elif name in getattr(type(value), "__dataclass_fields__", ()):  # of a dataclass; nothing else has fields
            value = getattr(value, name)
        else:
            return None
    return value

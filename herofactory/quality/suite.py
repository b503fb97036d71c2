"""What a suite is: expectations of rows, and where the rows come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Row: TypeAlias = Mapping[str, Any]
"""One row by column; `where` names its place: `topic/partition@offset`, or the table's key."""
WHERE = "where"
SAMPLE = 5_000
"""Rows of one source that are looked at, at most. Of 10 kB each they take 50 MB."""


def _as_it_is(value: Any) -> Row:
    return dict(value)


@dataclass(frozen=True, slots=True)
class Topic:
    """The newest records of a topic. Every row has the columns of `records.columns_of` as well."""

    name: str
    fields: Callable[[Any], Row]
    """Columns of a decoded value; of None (a tombstone) the same ones."""


@dataclass(frozen=True, slots=True)
class Table:
    """What a query finds: it ends with `LIMIT %s`, in an order that keeps what matters most, and names `where`."""

    name: str
    query: str
    fields: Callable[[Any], Row] = _as_it_is
    """Columns of a row as the query gives it."""


Source: TypeAlias = Topic | Table


@dataclass(frozen=True, slots=True)
class Part:
    source: Source
    expectations: tuple[Any, ...]
    """Of Great Expectations; each has a description of its own, which is what people read when it is not met."""


@dataclass(frozen=True, slots=True)
class Suite:
    name: str
    about: str
    parts: tuple[Part, ...]

"""A filter as a tree."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from operator import ge, gt, le, lt
from typing import Any, Literal

from herofactory.platform.clock import moment_of
from herofactory.platform.delivery.values import Values
from herofactory.platform.records import Record
from herofactory.platform.replay.filter_fields import Get, getter

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "~", "!~"]
_ORDERS: Mapping[str, Any] = {"<": lt, "<=": le, ">": gt, ">=": ge}


@dataclass(frozen=True)
class Operand:
    """What a field is compared with."""

    text: str
    quoted: bool = False

    @property
    def is_null(self) -> bool:
        return self.text == "null" and not self.quoted

    @cached_property
    def number(self) -> float | None:
        try:
            return float(self.text)
        except ValueError:
            return None

    @cached_property
    def moment(self) -> datetime | None:
        """UTC where it names no zone."""
        try:
            return moment_of(self.text)
        except ValueError:
            return None

    def __str__(self) -> str:
        escaped = self.text.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"' if self.quoted else self.text


@dataclass(frozen=True)
class Comparison:
    field: str
    operator: Operator
    operands: Sequence[Operand]
    """Several only of `in`, which is written with `=`."""

    @cached_property
    def _get(self) -> Get:
        get = getter(self.field)
        assert get is not None, self.field
        return get

    def matches(self, record: Record, values: Values) -> bool:
        found = self._get(record, values)
        if self.operator in ("!=", "!~"):
            plain = "=" if self.operator == "!=" else "~"
            return not any(_holds(found, plain, operand) for operand in self.operands)
        return any(_holds(found, self.operator, operand) for operand in self.operands)

    def __str__(self) -> str:
        if len(self.operands) == 1:
            return f"{self.field} {self.operator} {self.operands[0]}"
        return f"{self.field} in ({', '.join(map(str, self.operands))})"


@dataclass(frozen=True)
class Not:
    part: Node

    def matches(self, record: Record, values: Values) -> bool:
        return not self.part.matches(record, values)

    def __str__(self) -> str:
        return f"not ({self.part})"


@dataclass(frozen=True)
class Joined:
    """By `and` or `or`."""

    word: Literal["and", "or"]
    parts: Sequence[Node]

    def matches(self, record: Record, values: Values) -> bool:
        each = (part.matches(record, values) for part in self.parts)
        return all(each) if self.word == "and" else any(each)

    def __str__(self) -> str:
        return f" {self.word} ".join(f"({part})" for part in self.parts)


Node = Comparison | Not | Joined


def _holds(found: Any, operator: str, operand: Operand) -> bool:
    """What is missing equals null and nothing else, and stands in no order."""
    if found is None or operand.is_null:
        return operator == "=" and found is None and operand.is_null
    if isinstance(found, list | tuple | set | frozenset):
        # A list holds what one of its members is.
        return any(_holds(each, "=" if operator == "~" else operator, operand) for each in found)
    if operator == "~":
        return operand.text in _written(found)
    mine, theirs = _comparable(found, operand)
    if operator == "=":
        return bool(mine == theirs)
    return theirs is not None and bool(_ORDERS[operator](mine, theirs))


def _comparable(found: Any, operand: Operand) -> tuple[Any, Any]:
    """Numbers with numbers, moments with moments, all else as text. The second is None where it is none of the kind."""
    if isinstance(found, bool):
        return _written(found), operand.text
    if isinstance(found, int | float):
        return found, operand.number
    if isinstance(found, datetime):
        return found, operand.moment
    return _written(found), operand.text


def _written(found: Any) -> str:
    if isinstance(found, bool):
        return "true" if found else "false"
    return unicodedata.normalize("NFC", str(found))

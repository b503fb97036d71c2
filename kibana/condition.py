"""What a panel counts: conditions that all hold, as KQL for Kibana and as a query for Elasticsearch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Scalar = str | int


@dataclass(frozen=True, slots=True)
class Condition:
    """`at_least` and `below` take one number, `is` one or more values."""

    field: str
    operator: Literal["is", "at_least", "below"]
    values: tuple[Scalar, ...]

    def kql(self) -> str:
        match self.operator:
            case "at_least":
                return f"{self.field} >= {self.values[0]}"
            case "below":
                return f"{self.field} < {self.values[0]}"
            case "is":
                words = [json.dumps(value, ensure_ascii=False) for value in self.values]
                return f"{self.field}: {words[0] if len(words) == 1 else '(' + ' or '.join(words) + ')'}"

    def query(self) -> dict[str, Any]:
        match self.operator:
            case "at_least":
                return {"range": {self.field: {"gte": self.values[0]}}}
            case "below":
                return {"range": {self.field: {"lt": self.values[0]}}}
            case "is":
                return {"terms": {self.field: list(self.values)}}


Conditions = tuple[Condition, ...]


def equals(field: str, *values: Scalar) -> Condition:
    return Condition(field, "is", values)


def at_least(field: str, number: int) -> Condition:
    return Condition(field, "at_least", (number,))


def below(field: str, number: int) -> Condition:
    return Condition(field, "below", (number,))


def kql(conditions: Sequence[Condition]) -> str:
    return " and ".join(condition.kql() for condition in conditions)


def query(conditions: Sequence[Condition]) -> dict[str, Any]:
    return {"bool": {"filter": [condition.query() for condition in conditions]}}

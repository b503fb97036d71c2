"""A request, in the few fields that figures need, and as a row of a segment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from herofactory.insights.observation import SHARDS
from herofactory.insights.segment import Row

ROUTE_LONGEST = 256
METHOD_LONGEST = 16
_STATUSES = range(100, 600)
EVENT_ID = 0
"""Where a row has it."""


class NoRequest(ValueError):
    """A document that is no access record; says what is missing."""


@dataclass(frozen=True, slots=True)
class Request:
    event_id: str
    at: int
    """When it came, seconds since the epoch."""
    route: str
    """The template."""
    method: str
    status: int
    duration_ns: int

    @classmethod
    def of(cls, event_id: str, at: float, document: object) -> Request:
        """From an ECS document of the access log. Raises NoRequest."""
        return cls(
            event_id,
            int(at),
            _text(document, "http.route", ROUTE_LONGEST),
            _text(document, "http.request.method", METHOD_LONGEST),
            _number(document, "http.response.status_code", _STATUSES),
            _number(document, "event.duration", range(1 << 63)),
        )

    @property
    def shard(self) -> int:
        """By its id, so that both of a repeated line come to one place."""
        return UUID(self.event_id).int % SHARDS

    def row(self) -> Row:
        return (self.event_id, self.at, self.route, self.method, self.status, self.duration_ns)


def _field(document: object, path: str) -> Any:
    for name in path.split("."):
        document = document.get(name) if isinstance(document, Mapping) else None
    return document


def _text(document: object, path: str, longest: int) -> str:
    value = _field(document, path)
    if not isinstance(value, str) or not value or "\0" in value:
        raise NoRequest(f"{path} must be text, not {str(value)[:50]!r}")
    return value[:longest]


def _number(document: object, path: str, allowed: range) -> int:
    value = _field(document, path)
    if not isinstance(value, int) or isinstance(value, bool) or value not in allowed:
        raise NoRequest(f"{path} must be a whole number from {allowed[0]} to {allowed[-1]}, not {str(value)[:50]!r}")
    return value

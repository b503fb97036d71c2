"""A record as a log holds it, and a message on its way there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

NO_HEADERS: Mapping[str, bytes] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Record:
    """One record as read. `value` None is a tombstone; header values are UTF-8 text (see `events.headers`)."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Mapping[str, bytes]
    timestamp: float
    """Seconds since the epoch when the log took it. Event time is the header `occurred-at`, never this."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to be written; the log picks partition and offset from `key`."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Mapping[str, bytes] = field(default_factory=lambda: NO_HEADERS)

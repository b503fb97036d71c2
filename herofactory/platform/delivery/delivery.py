"""One record as a handler gets it, and the events a handler makes of it."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from herofactory.platform.delivery.errors import Poison, Undecodable
from herofactory.platform.delivery.values import Value, Values
from herofactory.platform.events import Headers
from herofactory.platform.events.headers import MARKS
from herofactory.platform.records import Outgoing, Record
from herofactory.platform.telemetry.tracing import child_traceparent

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Delivery:
    record: Record
    event: Value
    """A typed event, a JSON value on JSON topics, or None for a tombstone."""
    event_id: str
    revision: int | None
    occurred_at: datetime
    """Event time. Not the time of this delivery, which may be a repeat or a replay."""
    traceparent: str | None
    values: Values = field(repr=False, compare=False)
    attempt: int = 1
    """1 on the first try. Outages are not counted."""

    @property
    def key(self) -> str:
        """The record's key as text; "" where it has none."""
        return (self.record.key or b"").decode()

    def expect(self, kind: type[T]) -> T:
        """The event as `kind`. Raises Poison where it is something else."""
        if not isinstance(self.event, kind):
            raise Poison(f"{self.record.topic} brought {type(self.event).__name__}, expected {kind.__name__}")
        return self.event


def decode(record: Record, values: Values, attempt: int = 1) -> Delivery:
    """Raises Undecodable, or whatever an unreachable registry raises."""
    try:
        event = None if record.value is None else values.decode(record.topic, record.value)
        # Without any header of an event it is no record of ours: a log shipper's says in its value who it is.
        bare = record.headers.keys() <= MARKS
        headers = Headers.of_document(event) if bare else Headers.parse(record.headers)
        uuid.UUID(headers.event_id)
        (record.key or b"").decode()
    except (ValueError, RecursionError) as error:
        raise Undecodable(f"{type(error).__name__}: {error}") from error
    return Delivery(
        record, event, headers.event_id, headers.revision, headers.occurred_at, headers.traceparent, values, attempt
    )


def derive(
    delivery: Delivery,
    topic: str,
    key: str,
    value: Value,
    *,
    revision: int | None = None,
    occurred_at: datetime | None = None,
    part: str = "",
) -> Outgoing:
    """A message caused by `delivery`: same trace (new span), same event time and revision unless given.

    Its event id is computed from the cause's, `topic`, `key` and `part`, so a repeated delivery makes the same ids and
    readers downstream recognise the repeat. Two messages for one topic and key need different `part`s.
    """
    headers = Headers(
        event_id=derived_id(delivery.event_id, topic, key, part),
        event_type=topic,
        occurred_at=occurred_at or delivery.occurred_at,
        revision=delivery.revision if revision is None else revision,
        traceparent=child_traceparent(delivery.traceparent),
    )
    data = None if value is None else delivery.values.encode(topic, value)
    return Outgoing(topic, key.encode(), data, headers.to_bytes())


def derived_id(cause: str, *parts: str) -> str:
    """A UUIDv7 with the millisecond of `cause` and, for its random bits, a hash of `cause` and `parts`."""
    digest = hashlib.sha256("\0".join((cause, *parts)).encode()).digest()
    stamp, bits = uuid.UUID(cause).int >> 80, int.from_bytes(digest[:10])
    return str(uuid.UUID(int=stamp << 80 | 7 << 76 | (bits >> 64 & 0xFFF) << 64 | 2 << 62 | bits & (1 << 62) - 1))

"""Writing events in the transaction of the change they tell of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from herofactory.platform.events import Event, EventCodec
from herofactory.platform.postgres.database import Connection
from herofactory.platform.telemetry.tracing import child_traceparent, current_traceparent

_INSERT = """
INSERT INTO outbox (topic, key, payload, event_type, revision, traceparent, id, occurred_at)
VALUES (%s, %s, %s, %s, %s, %s, coalesce(%s, uuidv7()), coalesce(%s, clock_timestamp()))
"""
# One statement for a whole batch; unnest keeps the order of its arrays, so `seq` follows it.
_INSERT_MANY = """
INSERT INTO outbox (topic, key, payload, event_type, revision, traceparent)
SELECT * FROM unnest(%s::text[], %s::text[], %s::bytea[], %s::text[], %s::bigint[], %s::text[])
"""


class Outbox:
    def __init__(self, codec: EventCodec) -> None:
        self._codec = codec

    async def put(
        self,
        transaction: Connection,
        event: Event,
        *,
        revision: int | None = None,
        event_id: UUID | None = None,
        occurred_at: datetime | None = None,
    ) -> None:
        """Write `event`; without `event_id` and `occurred_at` it gets a new id and happens now.

        The domain row must be locked by `transaction` already: that is what orders the events of one key.
        """
        await transaction.execute(_INSERT, (*self._row(event, revision), event_id, occurred_at))

    async def put_many(self, transaction: Connection, events: Sequence[tuple[Event, int | None]]) -> None:
        """Write events with their revisions, in order."""
        if events:
            rows = [self._row(event, revision) for event, revision in events]
            await transaction.execute(_INSERT_MANY, [list(column) for column in zip(*rows, strict=True)])

    def _row(self, event: Event, revision: int | None) -> tuple[object, ...]:
        trace = child_traceparent(current_traceparent())
        return event.topic, event.key, self._codec.encode(event), event.topic, revision, trace

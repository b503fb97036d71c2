"""Writing events in the transaction of the change they tell of."""

from __future__ import annotations

from collections.abc import Sequence

from herofactory.platform.events import Event, EventCodec
from herofactory.platform.postgres.database import Connection
from herofactory.platform.telemetry.tracing import child_traceparent, current_traceparent

_INSERT = """
INSERT INTO outbox (topic, key, payload, event_type, revision, traceparent) VALUES (%s, %s, %s, %s, %s, %s)
"""


class Outbox:
    def __init__(self, codec: EventCodec) -> None:
        self._codec = codec

    async def put(self, transaction: Connection, event: Event, *, revision: int | None = None) -> None:
        """Write `event`.

        The domain row must be locked by `transaction` already: that is what orders the events of one key.
        """
        await transaction.execute(_INSERT, self._row(event, revision))

    async def put_many(self, transaction: Connection, events: Sequence[tuple[Event, int | None]]) -> None:
        """Write events with their revisions, in order."""
        async with transaction.cursor() as cursor:
            await cursor.executemany(_INSERT, [self._row(event, revision) for event, revision in events])

    def _row(self, event: Event, revision: int | None) -> tuple[object, ...]:
        trace = child_traceparent(current_traceparent())
        return event.topic, event.key, self._codec.encode(event), event.topic, revision, trace

"""Occurrences as messages for the log, as the edge would have sent them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from herofactory.insights.simulation.occurrence import Occurrence
from herofactory.platform.events import EventCodec, Headers
from herofactory.platform.records import Outgoing


def message(codec: EventCodec, occurrence: Occurrence) -> Outgoing:
    event = occurrence.event
    headers = Headers(occurrence.event_id, event.topic, occurrence.occurred_at)
    return Outgoing(event.topic, event.key.encode(), codec.encode(event), headers.to_bytes())


def batches(codec: EventCodec, occurrences: Iterable[Occurrence], before: float, size: int) -> Iterator[list[Outgoing]]:
    """In their order, leaving out what happens at `before` (seconds since the epoch) or later: it has not happened."""
    messages = (message(codec, each) for each in occurrences if each.at < before)
    while batch := list(islice(messages, size)):
        yield batch

"""The headers of every event: who it is, which revision, when it happened, which trace it belongs to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from herofactory.platform.clock import Clock
from herofactory.platform.ids import uuid7
from herofactory.platform.telemetry.tracing import child_traceparent

REPLAY_ID = "replay-id"
"""On what a replay reads and writes, with the coordinates of the original: such records are no traffic."""
REPLAYED_FROM = "replay-from"
"""`topic/partition/offset` of the original."""
REPLAY_OF = "replay-of"
"""On what a replay published in the place of an event: the id of that one."""
MARKS = frozenset({REPLAY_ID, REPLAYED_FROM})
"""What a replay adds to records that may have had no headers."""


@dataclass(frozen=True, slots=True)
class Headers:
    event_id: str
    """UUIDv7 text, made where the event is made; the same on every repeat."""
    event_type: str
    occurred_at: datetime
    """Event time, UTC. Never the time of delivery."""
    revision: int | None = None
    traceparent: str | None = None

    @classmethod
    def fresh(cls, event_type: str, clock: Clock, *, revision: int | None = None, parent: str | None = None) -> Headers:
        """Headers of an event that happens now, as a child of the trace `parent`."""
        return cls(str(uuid7()), event_type, clock.now(), revision, child_traceparent(parent))

    def to_bytes(self) -> dict[str, bytes]:
        headers = {
            "event-id": self.event_id,
            "event-type": self.event_type,
            "occurred-at": self.occurred_at.astimezone(UTC).isoformat(timespec="microseconds"),
        }
        if self.revision is not None:
            headers["revision"] = str(self.revision)
        if self.traceparent:
            headers["traceparent"] = self.traceparent
        return {name: value.encode() for name, value in headers.items()}

    @classmethod
    def parse(cls, raw: Mapping[str, bytes]) -> Headers:
        """Raises ValueError naming the header that is missing or malformed."""
        revision = _text(raw, "revision")
        return cls(
            event_id=_required(raw, "event-id"),
            event_type=_text(raw, "event-type") or "",
            occurred_at=_time(_required(raw, "occurred-at")),
            revision=int(revision) if revision is not None else None,
            traceparent=_text(raw, "traceparent"),
        )

    @classmethod
    def of_document(cls, document: object) -> Headers:
        """What an ECS document (a JSON object) says of itself in `event.id`, `event.dataset` and `@timestamp`.

        For topics that log shippers write, which know no headers. Raises ValueError.
        """
        whole = document if isinstance(document, Mapping) else {}
        event = whole.get("event")
        told = event if isinstance(event, Mapping) else {}
        event_id, dataset, moment = told.get("id"), told.get("dataset"), whole.get("@timestamp")
        if not isinstance(event_id, str) or not isinstance(moment, str):
            raise ValueError("header 'event-id' is missing, and the value has no event.id and @timestamp")
        return cls(str(UUID(event_id)), dataset if isinstance(dataset, str) else "", _time(moment))


def identity(raw: Mapping[str, bytes]) -> tuple[str, float]:
    """The event's id and time (seconds since the epoch) alone, in a third of the time. Raises ValueError.

    For agents that read millions of events and whose outputs, if any, belong to no single one.
    """
    try:
        event_id, moment = raw["event-id"].decode(), raw["occurred-at"].decode()
    except KeyError as missing:
        raise ValueError(f"header {missing} is missing") from missing
    if not _USUAL_ID(event_id):
        UUID(event_id)
    return event_id, _time(moment).timestamp()


_USUAL_ID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch
"""As everybody writes it; a UUID object takes three times as long to say so."""


def _text(raw: Mapping[str, bytes], name: str) -> str | None:
    value = raw.get(name)
    return value.decode() if value is not None else None


def _required(raw: Mapping[str, bytes], name: str) -> str:
    value = _text(raw, name)
    if not value:
        raise ValueError(f"header {name!r} is missing")
    return value


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"a time of an event without a time zone: {text!r}")
    return moment

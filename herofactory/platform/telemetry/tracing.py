"""W3C trace context: a request's `traceparent` travels through the outbox, the topics and the agents."""

from __future__ import annotations

import os
import re
from contextvars import ContextVar

# version 00: trace id, parent (span) id, flags; neither id may be all zeros. Later versions may have more behind.
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(?=-|$)")
_SAMPLED = "01"
_current: ContextVar[str | None] = ContextVar("traceparent", default=None)


def current_traceparent() -> str | None:
    """The trace context of the request or event at hand."""
    return _current.get()


def set_traceparent(traceparent: str | None) -> None:
    _current.set(traceparent)


def child_traceparent(parent: str | None) -> str:
    """A new span below `parent`; a new sampled trace where there is none or it is malformed."""
    found = _TRACEPARENT.match(parent) if parent else None
    trace_id, flags = found.groups() if found else (os.urandom(16).hex(), _SAMPLED)
    return f"00-{trace_id}-{os.urandom(8).hex()}-{flags}"


def trace_id_of(traceparent: str | None) -> str | None:
    """The 32 hex digits that a whole trace shares; None for what is no trace context."""
    found = _TRACEPARENT.match(traceparent) if traceparent else None
    return found.group(1) if found else None

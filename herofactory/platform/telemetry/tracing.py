"""W3C trace context: a request's `traceparent` travels through the outbox, the topics and the agents."""

from __future__ import annotations

from contextvars import ContextVar

from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import SpanContext, TraceFlags, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_ids = RandomIdGenerator()
_propagator = TraceContextTextMapPropagator()
_current: ContextVar[str | None] = ContextVar("traceparent", default=None)


def current_traceparent() -> str | None:
    """The trace context of the request or event at hand."""
    return _current.get()


def set_traceparent(traceparent: str | None) -> None:
    _current.set(traceparent)


def child_traceparent(parent: str | None) -> str:
    """A new span below `parent`; a new sampled trace where there is none or it is malformed."""
    context = _parse(parent)
    trace_id = context.trace_id if context else _ids.generate_trace_id()
    flags = context.trace_flags if context else TraceFlags(TraceFlags.SAMPLED)
    return f"00-{trace_id:032x}-{_ids.generate_span_id():016x}-{int(flags):02x}"


def trace_id_of(traceparent: str | None) -> str | None:
    """The 32 hex digits that a whole trace shares."""
    context = _parse(traceparent)
    return f"{context.trace_id:032x}" if context else None


def _parse(traceparent: str | None) -> SpanContext | None:
    if not traceparent:
        return None
    context = get_current_span(_propagator.extract({"traceparent": traceparent})).get_span_context()
    return context if context.is_valid else None

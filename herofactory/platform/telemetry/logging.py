"""Structured logs: JSON lines with time in UTC, level, event, part and trace id."""

from __future__ import annotations

import logging
import sys
from typing import TextIO

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from herofactory.platform.telemetry.tracing import current_traceparent, trace_id_of

# Libraries whose INFO lines tell an operator nothing that health and metrics do not.
_QUIET = (
    "faust",
    "mode",
    "aiokafka",
    "elastic_transport",
    "httpx",
    "httpcore",
    "openai",
    "uvicorn.access",
    "alembic",
    "asyncio",
    "PIL",
)
# Its warnings come with every request to a server that is down, which whoever asks tells of once.
_SILENT = ("elastic_transport.node_pool",)


def configure_logging(part: str, *, level: str = "INFO", json: bool = True, stream: TextIO | None = None) -> None:
    """Send structlog and the standard library's loggers to `stream` (standard error), each line marked with `part`."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _with_part(part),
        _with_trace,
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    target = stream or sys.stderr
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if json
        else structlog.dev.ConsoleRenderer(colors=target.isatty())
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.ERROR)


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def _with_part(part: str) -> Processor:
    def add(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["part"] = part
        return event

    return add


def _with_trace(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    trace = trace_id_of(current_traceparent())
    if trace:
        event["trace_id"] = trace
    return event

"""Faust on the embedded event log: `broker="embedded:///folder"`. An unmodified Faust finds it by its entry point."""

from __future__ import annotations

from streams.embedded.transport import Transport, broker_url

__all__ = ["Transport", "broker_url"]

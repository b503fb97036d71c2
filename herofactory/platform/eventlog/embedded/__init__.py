"""The event log in one SQLite file: any number of processes on one machine, no server.

Why SQLite, and what is promised: docs/adr/0001-embedded-event-log.md.
"""

from __future__ import annotations

from herofactory.platform.eventlog.embedded.log import EmbeddedLog

__all__ = ["EmbeddedLog"]

"""Progress told to whoever watches: the port and the adapter over PostgreSQL. The one over Redis is in `redis`."""

from __future__ import annotations

from herofactory.platform.progress.port import MAX_BYTES, ProgressBus, Value
from herofactory.platform.progress.postgres import PostgresProgressBus, sweep

__all__ = ["MAX_BYTES", "PostgresProgressBus", "ProgressBus", "Value", "sweep"]

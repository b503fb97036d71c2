"""A cache of results: the port and the adapter over PostgreSQL. The one over Redis is in `redis`."""

from __future__ import annotations

from herofactory.platform.cache.port import MAX_VALUE_BYTES, ResultCache
from herofactory.platform.cache.postgres import PostgresResultCache, sweep

__all__ = ["MAX_VALUE_BYTES", "PostgresResultCache", "ResultCache", "sweep"]

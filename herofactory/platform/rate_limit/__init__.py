"""Rate limits: the port and the adapter over PostgreSQL. The one over Redis is in `redis`, which loads its client."""

from __future__ import annotations

from herofactory.platform.rate_limit.port import RateLimiter, RateLimiterUnavailable
from herofactory.platform.rate_limit.postgres import PostgresRateLimiter, sweep

__all__ = ["PostgresRateLimiter", "RateLimiter", "RateLimiterUnavailable", "sweep"]

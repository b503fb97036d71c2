"""Running a suite."""

from __future__ import annotations

import asyncio
import time

from herofactory.platform.clock import Clock
from herofactory.quality.reading import Reader
from herofactory.quality.result import Check, SuiteResult
from herofactory.quality.suite import Suite
from herofactory.quality.validation import validate


async def run(suite: Suite, reader: Reader, clock: Clock) -> SuiteResult:
    """One source after the other, so that only one is in memory. Raises LogError and psycopg.Error."""
    started_at, began = clock.now(), time.perf_counter()
    rows: dict[str, int] = {}
    checks: list[Check] = []
    for part in suite.parts:
        found = await reader.rows(part.source)
        rows[part.source.name] = len(found)
        checks += await asyncio.to_thread(validate, part, found)
    duration_ms = (time.perf_counter() - began) * 1000
    return SuiteResult(suite.name, suite.about, started_at, duration_ms, rows, tuple(checks))

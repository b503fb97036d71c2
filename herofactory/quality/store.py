"""The last result of each suite, in the database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.types.json import Jsonb

from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Connection
from herofactory.quality.result import SuiteResult

_PUT = """
INSERT INTO quality_checks (suite, passed, expectations, failed, reasons, started_at, duration_ms)
VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (suite) DO UPDATE SET passed = excluded.passed, expectations = excluded.expectations,
    failed = excluded.failed, reasons = excluded.reasons, started_at = excluded.started_at,
    duration_ms = excluded.duration_ms
"""


@dataclass(frozen=True, slots=True)
class Stored:
    suite: str
    passed: bool
    expectations: int
    failed: int
    reasons: Sequence[str]
    started_at: datetime
    duration_ms: float


async def put(transaction: Connection, outbox: Outbox, result: SuiteResult) -> None:
    """Keep it in place of the last one, and tell of it."""
    event = result.event()
    # The row is locked from here on, which orders the events of one suite.
    await transaction.execute(
        _PUT,
        (
            event.suite,
            event.passed,
            event.expectations,
            event.failed,
            Jsonb(event.reasons),
            result.started_at,
            event.duration_ms,
        ),
    )
    await outbox.put(transaction, event)


async def stored(connection: Connection) -> list[Stored]:
    """By name."""
    cursor = await connection.execute("SELECT * FROM quality_checks ORDER BY suite")
    return [Stored(**row) for row in await cursor.fetchall()]


async def failing(connection: Connection) -> list[str]:
    """In words, one line for each suite whose last run failed; a suite that never ran does not fail."""
    cursor = await connection.execute("SELECT * FROM quality_checks WHERE NOT passed ORDER BY suite")
    return [_told(Stored(**row)) for row in await cursor.fetchall()]


async def forget_others(transaction: Connection, suites: Collection[str]) -> None:
    """Results of suites that there are no more: they would never pass again."""
    await transaction.execute("DELETE FROM quality_checks WHERE suite <> ALL (%s)", (list(suites),))


def _told(check: Stored) -> str:
    more = f" and {check.failed - 1} more" if check.failed > 1 else ""
    first = check.reasons[0] if check.reasons else "no reason given"
    return f"data quality, suite {check.suite}: {first}{more}"

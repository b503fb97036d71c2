"""How long figures and what they are made of are kept."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from herofactory.insights.generations import FIGURES
from herofactory.platform.postgres.database import Connection

KEPT = timedelta(days=95)
"""The longest range of figures is 90 days; the topics keep as long."""
_BY_HOUR = ("observations", "observation_work", "term_buckets", "item_buckets", "quality_buckets", "pair_buckets")
_BY_DAY = ("term_days", "item_days", "day_packs", "day_work", "traffic_days")


def horizon(now: datetime) -> date:
    """The first day that figures and topics both have whole: what is older is on its way out."""
    return (now.astimezone(UTC) - KEPT).date() + timedelta(days=1)


# Answered or dismissed: as long as anybody still looks for it, that is remembered.
_MISSING = f"""DELETE FROM missing_terms AS known WHERE state <> 'open'
    AND greatest(last_at, answered_at, dismissed_at) < %s AND NOT EXISTS (SELECT FROM term_buckets AS looked
        WHERE generation = {FIGURES.in_use} AND looked.simulated <= known.simulated AND looked.term = known.term)"""


async def sweep(transaction: Connection, now: datetime) -> None:
    """Delete whole days that are older."""
    first = (now - KEPT).replace(hour=0, minute=0, second=0, microsecond=0)
    for table in (*_BY_HOUR, "traffic_buckets"):
        await transaction.execute(f"DELETE FROM {table} WHERE hour < %s".encode(), (first,))
    for table in _BY_DAY:
        await transaction.execute(f"DELETE FROM {table} WHERE day < %s".encode(), (first.date(),))
    await transaction.execute("DELETE FROM job_facts WHERE greatest(requested_at, ended_at) < %s", (first,))
    await transaction.execute(_MISSING.encode(), (first,))

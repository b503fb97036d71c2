"""The outbox: what waits in it reaches nobody."""

from __future__ import annotations

from typing import Any

from herofactory.quality.suite import Part, Row, Suite, Table
from herofactory.quality.suites.columns import between, holds, uuid
from herofactory.quality.validation import expect

OLDEST_S = 900
"""Seconds after which a row should have been delivered: a relay that is at work takes one."""
# From the oldest on.
_QUERY = """
SELECT seq::text AS "where", id::text AS event_id, topic, key, event_type, revision,
       extract(epoch FROM clock_timestamp() - occurred_at)::float AS age_s
  FROM outbox ORDER BY seq LIMIT %s
"""


def _fields(row: Any) -> Row:
    return {**row, "type_is_topic": row["topic"] == row["event_type"], "has_key": bool(row["key"])}


_WAITING = Part(
    Table("outbox", _QUERY, _fields),
    (
        expect.ExpectColumnMaxToBeBetween(
            column="age_s", max_value=OLDEST_S, description=f"the oldest row is younger than {OLDEST_S // 60} minutes"
        ),
        uuid("event_id"),
        holds("type_is_topic", "the event's type is its topic"),
        holds("has_key", "every event has a key"),
        between("revision", 1, None, "revisions begin at 1"),
    ),
)
SUITE = Suite("outbox", "Events on their way to the log", (_WAITING,))

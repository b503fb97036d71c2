"""The ids of searches: UUIDv7, so that each tells when its search was answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from api.problem import invalid

LONGEST = timedelta(hours=24)
"""How long after a search a click still belongs to it."""
_AHEAD = timedelta(seconds=5)
"""Two machines of one edge may disagree about the time."""


def checked(text: str, now: datetime) -> UUID:
    """Raises Problem VALIDATION_FAILED naming `query_id`."""
    try:
        found = UUID(text)
    except ValueError:
        found = None
    if found is None or found.version != 7 or str(found) != text.lower():
        raise invalid("query_id", "take it unchanged from the search's answer")
    age = now - time_of(found)
    if age > LONGEST:
        raise invalid("query_id", f"the search is older than {LONGEST.total_seconds() / 3600:.0f} hours")
    if age < -_AHEAD:
        raise invalid("query_id", "the search lies in the future; take the id unchanged from the search's answer")
    return found


def time_of(query_id: UUID) -> datetime:
    """When the search was answered, to the millisecond."""
    return datetime.fromtimestamp((query_id.int >> 80) / 1000, UTC)


def is_recent(query_id: UUID, now: datetime) -> bool:
    return query_id.version == 7 and -_AHEAD <= now - time_of(query_id) <= LONGEST

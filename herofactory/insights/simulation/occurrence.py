"""One event and when it happened."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from herofactory.platform.events.search import ItemViewed, SearchClicked, SearchQueried

Seen = SearchQueried | SearchClicked | ItemViewed


class Occurrence(NamedTuple):
    at: float
    """Seconds since the epoch."""
    event_id: str
    event: Seen

    @property
    def occurred_at(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)

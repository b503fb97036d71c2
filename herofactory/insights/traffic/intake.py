"""Takes access records in, sorted by where they belong. What it leaves out depends on the log alone."""

from __future__ import annotations

from collections import defaultdict

from herofactory.insights.routing import hour_of
from herofactory.insights.rules import AHEAD_S, LATE_S
from herofactory.insights.segment import Row
from herofactory.insights.traffic.request import NoRequest, Request


class Intake:
    """Of one chunk."""

    def __init__(self) -> None:
        self.rows: defaultdict[tuple[int, int], list[Row]] = defaultdict(list)
        """By hour (its start, seconds since the epoch) and shard."""
        self.late = 0

    def take(self, event_id: str, at: float, appended_at: float, document: object) -> None:
        """`at`: when the request came; `appended_at`: when the log took the record; both in seconds since the epoch.

        Raises NoRequest.
        """
        request = Request.of(event_id, at, document)
        if at - appended_at > AHEAD_S:
            raise NoRequest(f"it came {at - appended_at:.0f} s after the log took it; is the sender's clock right?")
        if appended_at - at > LATE_S:
            self.late += 1
            return
        self.rows[hour_of(at), request.shard].append(request.row())

"""Traffic the slow and simple way: over the raw lines, sorted."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from herofactory.platform.telemetry.access import Access


@dataclass(frozen=True)
class Sent:
    """A request as a test states it."""

    at_s: float
    """After the range's start."""
    route: str
    method: str
    status: int
    duration_ns: int

    def line(self, start: datetime) -> bytes:
        at = start.timestamp() + self.at_s
        return Access(at, self.duration_ns, self.method, self.route, "/", self.status).line("1").strip()


class Naive:
    def __init__(self, lines: Iterable[bytes]) -> None:
        documents = {document["event"]["id"]: document for document in map(json.loads, lines)}
        self.documents: Sequence[dict[str, Any]] = list(documents.values())

    def of(self, route: str | None = None, method: str | None = None) -> Naive:
        chosen = Naive(())
        chosen.documents = [
            each
            for each in self.documents
            if route in (None, each["http"]["route"]) and method in (None, each["http"]["request"]["method"])
        ]
        return chosen

    def between(self, start: datetime, end: datetime) -> Naive:
        chosen = Naive(())
        chosen.documents = [each for each in self.documents if start <= _time(each) < end]
        return chosen

    @property
    def requests(self) -> int:
        return len(self.documents)

    def answered(self, first: int, last: int) -> int:
        return sum(first <= each["http"]["response"]["status_code"] <= last for each in self.documents)

    def percentile_ms(self, share: float) -> float | None:
        durations = sorted(each["event"]["duration"] for each in self.documents)
        return durations[max(math.ceil(share * len(durations)), 1) - 1] / 1e6 if durations else None


def _time(document: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(document["@timestamp"])

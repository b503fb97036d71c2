"""What visitors did, as far as they were answered or may have been."""

from __future__ import annotations

import threading
from collections import Counter


class Visits:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.searched: Counter[tuple[str, str]] = Counter()
        """(session, text) to how often it was sent, answered or not."""
        self.clicked: Counter[tuple[str, str]] = Counter()
        """(session, item id)."""
        self.viewed: Counter[tuple[str, str]] = Counter()
        """(session, item id)."""
        self.answered = 0

    def note(self, what: Counter[tuple[str, str]], session: str, detail: str) -> None:
        """Before it is sent."""
        with self._lock:
            what[session, detail] += 1

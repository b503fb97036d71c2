"""Messages in memory, on their way from any thread to the one that delivers."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from threading import Condition

from herofactory.platform.records import Outgoing
from herofactory.platform.spool.frame import size_of
from herofactory.platform.spool.limits import Limits


class Inbox:
    """Thread-safe. `changed` is its lock, and is told of whatever is put in."""

    def __init__(self, limits: Limits, changed: Condition) -> None:
        self._limits = limits
        self._changed = changed
        self._messages: deque[tuple[Outgoing, int]] = deque()
        self._is_open = True
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._messages)

    @property
    def is_filling(self) -> bool:
        """Half full: time to make room, before what comes finds none."""
        return len(self) * 2 > self._limits.records or self.bytes * 2 > self._limits.bytes

    def put(self, message: Outgoing) -> bool:
        """False where it is full or closed."""
        size = size_of(message)
        with self._changed:
            full = len(self) >= self._limits.records or self.bytes + size > self._limits.bytes
            if full or not self._is_open:
                return False
            self._messages.append((message, size))
            self.bytes += size
            self._changed.notify_all()
        return True

    def take(self) -> list[Outgoing]:
        """The oldest, at most a batch."""
        taken: list[Outgoing] = []
        total = 0
        with self._changed:
            while self._messages and len(taken) < self._limits.batch_records and total < self._limits.batch_bytes:
                message, size = self._messages.popleft()
                taken.append(message)
                total += size
            self.bytes -= total
        return taken

    def put_back(self, messages: Sequence[Outgoing]) -> None:
        """What `take` gave and nobody wanted: it is the oldest again. Needs no room: it had its own."""
        sized = [(message, size_of(message)) for message in messages]
        with self._changed:
            self._messages.extendleft(reversed(sized))
            self.bytes += sum(size for _, size in sized)

    def close(self) -> None:
        """Nothing more is put in; what is there may be taken."""
        with self._changed:
            self._is_open = False

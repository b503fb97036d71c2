"""What /queue says: who runs, who waits and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Queue:
    running: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    """In the order in which they will run."""

    @classmethod
    def parse(cls, reply: Any) -> Queue:
        """Of the reply's JSON; what is not as expected counts as empty."""
        fields = reply if isinstance(reply, dict) else {}
        return cls(_ids(fields.get("queue_running")), _ids(fields.get("queue_pending")))

    def position(self, prompt_id: str) -> int | None:
        """0: next to run. None where it does not wait."""
        return self.pending.index(prompt_id) if prompt_id in self.pending else None

    def __contains__(self, prompt_id: str) -> bool:
        return prompt_id in self.running or prompt_id in self.pending


def _ids(rows: Any) -> tuple[str, ...]:
    """Pending rows arrive as a heap. `number` orders them (negative for `front`), the id decides ties."""
    found = filter(_is_row, rows if isinstance(rows, list) else ())
    return tuple(str(row[1]) for row in sorted(found, key=lambda row: (row[0], str(row[1]))))


def _is_row(row: Any) -> bool:
    return isinstance(row, list) and len(row) > 1 and isinstance(row[0], int | float)

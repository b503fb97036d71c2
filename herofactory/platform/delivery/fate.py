"""What became of a record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from herofactory.platform.delivery.dead_letter import DeadLetter
from herofactory.platform.records import Outgoing, Record


@dataclass(frozen=True, slots=True)
class Fate:
    record: Record
    outputs: Sequence[Outgoing] = ()
    letter: DeadLetter | None = None
    leaves: bool = False
    """Its place in its key's line, once the outputs are stored (ordered agents)."""

    @property
    def messages(self) -> Sequence[Outgoing]:
        return self.outputs if self.letter is None else (self.letter.to_outgoing(),)

"""What those who asked remember: all that the checker knows."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.chaos.ledger import Ledger
from tests.chaos.visits import Visits
from tests.chaos.wishes import Wishes

ARTIST = "chaos-artist"


@dataclass(frozen=True, slots=True)
class Memory:
    ledger: Ledger = field(default_factory=Ledger)
    wishes: Wishes = field(default_factory=lambda: Wishes(ARTIST))
    visits: Visits = field(default_factory=Visits)

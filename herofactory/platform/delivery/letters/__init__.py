"""Dead letters as a table: what was set aside, what became of it, and the way back to the agent (docs/adr/0004)."""

from herofactory.platform.delivery.letters.filter import LetterFilter, State
from herofactory.platform.delivery.letters.indexer import catch_up
from herofactory.platform.delivery.letters.letter import Letter
from herofactory.platform.delivery.letters.redriver import CEILING, Redriver, Redrove
from herofactory.platform.delivery.letters.store import agents_known, dropped, get, numbers, open_counts, page

__all__ = [
    "CEILING",
    "Letter",
    "LetterFilter",
    "Redriver",
    "Redrove",
    "State",
    "agents_known",
    "catch_up",
    "dropped",
    "get",
    "numbers",
    "open_counts",
    "page",
]

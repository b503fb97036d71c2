from __future__ import annotations

from typing import NamedTuple


class Token(NamedTuple):
    """One index term. `start` and `end` are character offsets in the analysed text, `position` counts words from 0.

    Positions leave gaps where a particle or an ending was dropped, as nori's do, so phrases stay phrases.
    """

    term: str
    start: int
    end: int
    position: int

"""Observations as the rows of segments: a letter for the kind, then the fields in the order of their class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from herofactory.insights.observation import Click, Observation, Search, View
from herofactory.insights.segment import Row, SegmentError

_CLASSES: dict[str, type[Observation]] = {"s": Search, "c": Click, "v": View}
_LETTERS: dict[type[Observation], str] = {cls: letter for letter, cls in _CLASSES.items()}
EVENT_ID, AT, SIMULATED, QUERY_ID = 1, 2, 5, 6
"""Where rows have them; views have no query id."""


def search_row(
    event_id: str,
    at: float,
    session: str,
    person: int,
    simulated: bool,
    query_id: str,
    text: str,
    page: int,
    total: int,
    filtered: bool,
) -> Row:
    return ("s", event_id, at, session, person, simulated, query_id, text, page, total, filtered)


def click_row(
    event_id: str,
    at: float,
    session: str,
    person: int,
    simulated: bool,
    query_id: str,
    item_id: str,
    position: int,
    after_ms: int | None,
) -> Row:
    return ("c", event_id, at, session, person, simulated, query_id, item_id, position, after_ms)


def view_row(event_id: str, at: float, session: str, person: int, simulated: bool, item_id: str) -> Row:
    return ("v", event_id, at, session, person, simulated, item_id)


def row_of(observation: Observation) -> Row:
    cls = type(observation)
    return (_LETTERS[cls], *(getattr(observation, name) for name in cls.__match_args__))


def observation_of(row: Sequence[Any]) -> Observation:
    """Raises SegmentError for a row that this version does not know."""
    try:
        return _CLASSES[row[0]](*row[1:])
    except (KeyError, TypeError, IndexError) as error:
        raise SegmentError(f"a segment holds {str(row)[:80]!r}, which is no observation") from error

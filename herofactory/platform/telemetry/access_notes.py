"""What only a route knows of its request, for the request's line in the access log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

STATE = "access"
"""Where in a request's state the notes lie."""


@dataclass(slots=True)
class AccessNotes:
    """Filled while the request is answered. Nothing in here may tell who a person is: pseudonyms and masked text."""

    user: str | None = None
    """The person's pseudonym; None for the anonymous."""
    session: str | None = None
    """The pseudonym of the visit."""
    query: str | None = None
    """What was searched for: normalised, and what looks like personal data masked."""
    query_id: str | None = None
    total: int | None = None
    """How much was found."""
    item_id: str | None = None
    item_name: str | None = None
    code: str | None = None
    """Of the problem that was answered."""


def notes_of(scope: Mapping[str, Any]) -> AccessNotes:
    """Those of the request at hand; some that nobody reads where no access log is kept."""
    notes = scope.get("state", {}).get(STATE)
    return notes if isinstance(notes, AccessNotes) else AccessNotes()

"""What people look for in vain, and what became of it."""

from __future__ import annotations

from typing import Any
from unicodedata import is_normalized

from herofactory.quality.suite import Part, Row, Suite, Table
from herofactory.quality.suites.columns import between, holds, one_of

_QUERY = """
SELECT last_at || ' ' || ctid AS "where", form, term, kind, state, first_at, last_at, announced_people, answered_by,
       answered_at, dismissed_at
  FROM missing_terms ORDER BY last_at DESC LIMIT %s
"""


def _fields(row: Any) -> Row:
    state = row["state"]
    return {
        "where": row["where"],
        "kind": row["kind"],
        "state": state,
        "is_named": bool(row["term"] and row["form"]),
        "form_is_nfc": is_normalized("NFC", row["form"]),
        "is_in_order": row["first_at"] <= row["last_at"],
        "announced_people": row["announced_people"],
        "answer_is_told": bool(row["answered_by"] and row["answered_at"]) if state == "answered" else None,
        "open_has_no_answer": row["answered_by"] is None if state == "open" else None,
        "dismissal_is_told": row["dismissed_at"] is not None if state == "dismissed" else None,
    }


_TERMS = Part(
    Table("missing_terms", _QUERY, _fields),
    (
        one_of("kind", ["no_results", "no_clicks"], "the kind is a known one"),
        one_of("state", ["open", "answered", "dismissed"], "the state is a known one"),
        holds("is_named", "term and form are there"),
        holds("form_is_nfc", "the form is NFC"),
        holds("is_in_order", "nothing is seen last before it is seen first"),
        between("announced_people", 0, None, "announced people are 0 or more"),
        holds("answer_is_told", "an answered term says by which item and when"),
        holds("open_has_no_answer", "an open term has no answer"),
        holds("dismissal_is_told", "a dismissed term says when"),
    ),
)
SUITE = Suite("missing", "Searches that find nothing", (_TERMS,))

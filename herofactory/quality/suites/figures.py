"""The tables of figures: counts that must agree with each other."""

from __future__ import annotations

from typing import Any

from herofactory.quality.suite import Part, Row, Suite, Table
from herofactory.quality.suites.columns import at_most, between, holds

PERSON_BYTES = 8
# A term that few people searched for is nobody's business: its row is named by where it lies.
_TERMS = """
SELECT {time} || ' ' || ctid AS "where", searches, empty, clicked, clicks, people, empty_people
  FROM {table} ORDER BY {time} DESC LIMIT %s
"""
_ITEMS = """
SELECT day || ' ' || item_id AS "where", views, clicks, views + clicks AS looked, people
  FROM item_days ORDER BY day DESC LIMIT %s
"""
_RATES = """
SELECT bucket || ' ' || ctid AS "where", searches, empty, clicked, clicks, first_clicks, position_sum,
       reformulated, people
  FROM quality_buckets ORDER BY bucket DESC LIMIT %s
"""


def _people(packed: bytes) -> Row:
    """Pseudonyms of 8 bytes each, sorted, each once."""
    each = [packed[at : at + PERSON_BYTES] for at in range(0, len(packed), PERSON_BYTES)]
    is_set = len(packed) % PERSON_BYTES == 0 and each == sorted(set(each))
    return {"people": len(each), "people_are_distinct": is_set}


def _counted(row: Any) -> Row:
    return {**row, **_people(row["people"])}


def _term(row: Any) -> Row:
    return {**_counted(row), "empty_people": _people(row["empty_people"])["people"]}


_AGREEING = (
    at_most("empty", "searches", "no more searches are empty than there are"),
    at_most("clicked", "searches", "no more searches are clicked than there are"),
    at_most("clicked", "clicks", "a clicked search has a click"),
    at_most("people", "searches", "no more people than searches"),
    holds("people_are_distinct", "every person is counted once"),
)
_OF_TERMS = (
    *_AGREEING,
    between("searches", 0, None, "searches are 0 or more"),
    between("empty", 0, None, "empty searches are 0 or more"),
    at_most("empty_people", "people", "no more people find nothing than search"),
    at_most("empty_people", "empty", "who finds nothing has an empty search"),
)
_PARTS = (
    Part(Table("term_buckets", _TERMS.format(table="term_buckets", time="bucket"), _term), _OF_TERMS),
    Part(Table("term_days", _TERMS.format(table="term_days", time="day"), _term), _OF_TERMS),
    Part(
        Table("item_days", _ITEMS, _counted),
        (
            between("views", 0, None, "views are 0 or more"),
            between("clicks", 0, None, "clicks are 0 or more"),
            at_most("people", "looked", "no more people than views and clicks"),
            holds("people_are_distinct", "every person is counted once"),
        ),
    ),
    Part(
        Table("quality_buckets", _RATES, _counted),
        (
            *_AGREEING,
            at_most("reformulated", "searches", "no more searches are reformulated than there are"),
            at_most("first_clicks", "clicked", "only clicked searches have a first click"),
            at_most("clicks", "position_sum", "positions begin at 1"),
        ),
    ),
)
SUITE = Suite("figures", "Figures of searches and items", _PARTS)

"""Rows as every suite wants them, by source, from events as the platform makes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from herofactory.platform.events.item import ItemCreated, ItemModerated, Reason
from herofactory.platform.events.search import ItemViewed, SearchClicked, SearchQueried
from herofactory.platform.ids import uuid7
from herofactory.platform.telemetry.access import DATASET
from herofactory.quality.suite import Part, Row, Topic
from herofactory.quality.suites.every import suites

ID = str(uuid7())
PERSON = "00112233445566ff"
NOW = datetime.now(UTC)
PEOPLE = b"\0" * 7 + b"\1" + b"\0" * 7 + b"\2"
PARTS: dict[str, Part] = {part.source.name: part for suite in suites(None) for part in suite.parts}

CREATED = ItemCreated(ID, "seller-1", 1, "불타는 검", "용암에서 벼린 검", "weapon", ("불",), ID)
MODERATED = ItemModerated(ID, 1, "rejected", (Reason("SPAM"),), ("검",), {"spam": 1.0}, "1", "moderator", "moderator-1")
MIRRORED = {
    "id": ID,
    "status": "approved",
    "price": 0,
    "category": "weapon",
    "name": "검",
    "revision": 2,
    "content_revision": 1,
}
QUERIED = SearchQueried(
    query_id=ID,
    session="s",
    person=PERSON,
    user_id=None,
    text="불타는 검",
    normalised="불타는 검",
    category=None,
    tags=(),
    min_price=1,
    max_price=2,
    sort="relevance",
    total=1,
    shown=(ID,),
    latency_ms=1.0,
    corrected_to=None,
    page=1,
)
CLICKED = SearchClicked(ID, "s", PERSON, None, ID, 1, 10)
VIEWED = ItemViewed(ID, "s", PERSON, None, ID)
REQUEST = {
    "@timestamp": NOW.isoformat(),
    "event": {"id": ID, "dataset": DATASET, "duration": 5},
    "http": {
        "route": "/api/v1/search",
        "request": {"method": "GET", "referrer": "http://127.0.0.1:8000/"},
        "response": {"status_code": 200},
    },
    "url": {"path": "/api/v1/search"},
    "client": {"ip": "192.0.2.0"},
    "user": {"hash": PERSON},
    "labels": {"session": PERSON},
    "herofactory": {"query": "불타는 검"},
}
_COUNTS = {"searches": 3, "empty": 2, "clicked": 1, "clicks": 1}
_VALUES: dict[str, Any] = {
    "item.created": CREATED,
    "item.moderated": MODERATED,
    "item.mirrored": MIRRORED,
    "search.query": QUERIED,
    "search.clicked": CLICKED,
    "item.viewed": VIEWED,
    "access.log": REQUEST,
    "items": {
        "status": "approved",
        "price": 0,
        "name": "검",
        "category": "weapon",
        "revision": 2,
        "content_revision": 1,
        "announced_revision": 1,
        "has_verdict": True,
        "decision": "approved",
        "has_image": True,
        "sha256": "0" * 64,
    },
    "outbox": {"event_id": ID, "topic": "t", "key": "k", "event_type": "t", "revision": 1, "age_s": 1.0},
    "term_buckets": {**_COUNTS, "people": PEOPLE, "empty_people": PEOPLE[:8]},
    "term_days": {**_COUNTS, "people": PEOPLE, "empty_people": PEOPLE[:8]},
    "item_days": {"views": 2, "clicks": 0, "looked": 2, "people": PEOPLE},
    "quality_buckets": {**_COUNTS, "first_clicks": 1, "position_sum": 1, "reformulated": 1, "people": PEOPLE},
    "missing_terms": {
        "form": "성배",
        "term": "성배",
        "kind": "no_results",
        "state": "open",
        "first_at": NOW - timedelta(days=1),
        "last_at": NOW,
        "announced_people": 0,
        "answered_by": None,
        "answered_at": None,
        "dismissed_at": None,
    },
}


def rows(source: str, value: Any = None) -> Sequence[Row]:
    """One row: of `value`, else of a good one."""
    given = PARTS[source].source
    value = _VALUES[source] if value is None else value
    if not isinstance(given, Topic):
        return [given.fields({"where": "row", **value})]
    return [{**_headers(source, value), **given.fields(value)}]


def changed(source: str, **fields: Any) -> Sequence[Row]:
    """A good row of a table, but for `fields` of what the query gives."""
    return rows(source, {**_VALUES[source], **fields})


def _headers(topic: str, value: Any) -> dict[str, Any]:
    return {
        "where": f"{topic}/0@0",
        "key": value["id"] if topic == "item.mirrored" else getattr(value, "key", None),
        "undecodable": None,
        "header_problem": None,
        "event_id": str(uuid7()),
        "event_type": DATASET if topic == "access.log" else topic,
        "revision": 2,
        "lateness_s": 0.5,
        "contents_of_event_id": 1,
    }

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from herofactory.assets.folder import FolderStore
from herofactory.quality.names import NAMES
from herofactory.quality.result import Check
from herofactory.quality.suite import Part, Row, Topic
from herofactory.quality.suites.every import suites
from herofactory.quality.validation import validate
from tests.herofactory.quality import good
from tests.herofactory.quality.good import (
    CLICKED,
    CREATED,
    ID,
    MIRRORED,
    MODERATED,
    NOW,
    PARTS,
    PEOPLE,
    QUERIED,
    REQUEST,
    VIEWED,
    changed,
    rows,
)

DECOMPOSED = unicodedata.normalize("NFD", "검")
SOURCES = sorted(PARTS)


def unmet(source: str, *samples: Sequence[Row]) -> list[Check]:
    """Of these rows and a good one together."""
    return [
        check
        for check in validate(PARTS[source], [*rows(source), *(row for each in samples for row in each)])
        if not check.met
    ]


def of_headers(source: str) -> list[Sequence[Row]]:
    """Bad rows of any topic: each violates what holds for the records of all topics."""
    row = rows(source)[0]
    bad: list[dict[str, Any]] = [
        {"undecodable": "ValueError: no"},
        {"header_problem": "header 'event-id' is missing"},
        {"event_id": "7"},
        {"event_type": "other"},
        {"contents_of_event_id": 2},
        {"lateness_s": -3_600.0},
        {"lateness_s": 40 * 86_400.0},
    ]
    repeated = [{**row, "event_id": ID} for _ in range(99)]
    return [repeated, *([{**row, **each}] for each in bad)]


def nested(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    first, _, rest = path.partition(".")
    return {**document, first: nested(document.get(first, {}), rest, value) if rest else value}


def values(topic: str, *bad: Any) -> list[Sequence[Row]]:
    return [rows(topic, each) for each in bad]


def columns(source: str, **bad: Any) -> Sequence[Row]:
    return [{**rows(source)[0], **bad}]


def terms(source: str) -> list[Sequence[Row]]:
    return [
        changed(source, empty=4),
        changed(source, clicked=4),
        changed(source, clicked=2),
        changed(source, searches=1, empty=0, clicked=0),
        changed(source, people=PEOPLE[:8] * 2),
        changed(source, searches=-1, empty=-1, clicked=-1),
        changed(source, empty=0),
        changed(source, empty_people=PEOPLE + b"\0" * 7 + b"\3"),
    ]


BAD: dict[str, list[Sequence[Row]]] = {
    "item.created": [
        *of_headers("item.created"),
        *values(
            "item.created",
            replace(CREATED, item_id="sword"),
            replace(CREATED, content_revision=0),
            replace(CREATED, name=""),
            replace(CREATED, name=DECOMPOSED),
            replace(CREATED, description="x" * 5001),
            replace(CREATED, category="spaceship"),
            replace(CREATED, tags=("x",) * 11),
            replace(CREATED, image_id="picture.png"),
        ),
        columns("item.created", key="other"),
    ],
    "item.moderated": [
        *of_headers("item.moderated"),
        *values(
            "item.moderated",
            replace(MODERATED, item_id="sword"),
            replace(MODERATED, content_revision=0),
            replace(MODERATED, decision=cast(Any, "maybe")),
            replace(MODERATED, reasons=()),
            replace(MODERATED, tags=("x",) * 6),
            replace(MODERATED, scores={"spam": -0.1}),
            replace(MODERATED, scores={"spam": 1.1}),
            replace(MODERATED, policy=""),
            replace(MODERATED, provider="oracle"),
            replace(MODERATED, moderator_id=None),
        ),
        columns("item.moderated", key="other"),
    ],
    "item.mirrored": [
        *of_headers("item.mirrored"),
        *values(
            "item.mirrored",
            {**MIRRORED, "status": "pending"},
            {**MIRRORED, "revision": 3},
            {**MIRRORED, "content_revision": 3},
            {**MIRRORED, "price": -1},
            {**MIRRORED, "category": "spaceship"},
            {**MIRRORED, "name": DECOMPOSED},
        ),
        columns("item.mirrored", key="other"),
        columns("item.mirrored", revision=None),
        columns("item.mirrored", revision=0),
    ],
    "search.query": [
        *of_headers("search.query"),
        *values(
            "search.query",
            replace(QUERIED, query_id="1"),
            replace(QUERIED, person="smith"),
            replace(QUERIED, session=""),
            replace(QUERIED, text="smith@example.com"),
            replace(QUERIED, normalised=DECOMPOSED),
            replace(QUERIED, normalised="Sword"),
            replace(QUERIED, normalised="smith@example.com"),
            replace(QUERIED, sort="random"),
            replace(QUERIED, total=-1),
            replace(QUERIED, total=101, shown=tuple(map(str, range(101)))),
            replace(QUERIED, total=0),
            replace(QUERIED, total=2, shown=(ID, ID)),
            replace(QUERIED, latency_ms=-1.0),
            replace(QUERIED, page=0),
            replace(QUERIED, min_price=-1),
            replace(QUERIED, max_price=-1),
        ),
        columns("search.query", key="other"),
    ],
    "search.clicked": [
        *of_headers("search.clicked"),
        *values(
            "search.clicked",
            replace(CLICKED, query_id="1"),
            replace(CLICKED, item_id="1"),
            replace(CLICKED, person="smith"),
            replace(CLICKED, position=0),
            replace(CLICKED, after_ms=-1),
        ),
        columns("search.clicked", key="other"),
    ],
    "item.viewed": [
        *of_headers("item.viewed"),
        *values(
            "item.viewed",
            replace(VIEWED, item_id="1"),
            replace(VIEWED, person="smith"),
            replace(VIEWED, session=""),
            replace(VIEWED, query_id="1"),
        ),
        columns("item.viewed", key="other"),
    ],
    "access.log": [
        *of_headers("access.log"),
        *values(
            "access.log",
            nested(REQUEST, "http.route", None),
            nested(REQUEST, "http.request.method", None),
            nested(REQUEST, "http.response.status_code", None),
            nested(REQUEST, "http.response.status_code", 42),
            nested(REQUEST, "event.duration", None),
            nested(REQUEST, "event.duration", -1),
            nested(REQUEST, "url.path", "/api/v1/search?q=x"),
            nested(REQUEST, "http.request.referrer", "http://user@host/"),
            nested(REQUEST, "user.hash", "smith"),
            nested(REQUEST, "labels.session", "my-visit"),
            nested(REQUEST, "client.ip", "192.0.2.7"),
            nested(REQUEST, "herofactory.query", "smith@example.com"),
        ),
    ],
    "items": [
        changed("items", status="sold"),
        changed("items", has_verdict=False),
        changed("items", decision="rejected"),
        changed("items", price=-1),
        changed("items", name=DECOMPOSED),
        changed("items", category="spaceship"),
        changed("items", revision=1, content_revision=2),
        changed("items", announced_revision=2),
        changed("items", sha256=None),
        columns("items", image_is_there=False),
    ],
    "outbox": [
        changed("outbox", age_s=901.0),
        changed("outbox", event_id="7"),
        changed("outbox", event_type="other"),
        changed("outbox", key=""),
        changed("outbox", revision=0),
    ],
    "term_buckets": terms("term_buckets"),
    "term_days": terms("term_days"),
    "item_days": [
        changed("item_days", views=-1),
        changed("item_days", clicks=-1),
        changed("item_days", looked=1),
        changed("item_days", people=PEOPLE[:8] * 2),
    ],
    "quality_buckets": [
        changed("quality_buckets", empty=4),
        changed("quality_buckets", clicked=4),
        changed("quality_buckets", clicked=2),
        changed("quality_buckets", searches=1, empty=0, clicked=0),
        changed("quality_buckets", people=PEOPLE[:7]),
        changed("quality_buckets", reformulated=4),
        changed("quality_buckets", first_clicks=2),
        changed("quality_buckets", position_sum=0),
    ],
    "missing_terms": [
        changed("missing_terms", kind="odd"),
        changed("missing_terms", state="lost"),
        changed("missing_terms", form=""),
        changed("missing_terms", form=DECOMPOSED),
        changed("missing_terms", first_at=NOW, last_at=NOW.replace(year=2000)),
        changed("missing_terms", announced_people=-1),
        changed("missing_terms", state="answered"),
        changed("missing_terms", answered_by=ID),
        changed("missing_terms", state="dismissed"),
    ],
}


OF_ALL = {source: {"0"} for source in SOURCES if isinstance(PARTS[source].source, Topic) or source == "outbox"}
"""Bad samples that violate what is expected of all rows together."""


def test_the_names_are_those_of_the_suites() -> None:
    assert tuple(suite.name for suite in suites(None)) == NAMES


def test_every_expectation_says_what_it_is_in_words_of_its_own() -> None:
    for part in PARTS.values():
        words = [each.description for each in part.expectations]
        assert all(words)
        assert len(set(words)) == len(words), part.source.name


@pytest.mark.parametrize("source", SOURCES)
def test_good_rows_meet_every_expectation(source: str) -> None:
    checks = validate(PARTS[source], rows(source))
    assert len(checks) == len(PARTS[source].expectations)
    assert [check.reason for check in checks if not check.met] == []


@pytest.mark.parametrize("source", SOURCES)
def test_every_expectation_can_fail_and_every_bad_row_fails_one(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("herofactory.quality.validation.PLACES", 1_000)
    bad = [[{**row, "where": str(number)} for row in sample] for number, sample in enumerate(BAD[source])]
    failed = unmet(source, *bad)
    assert [check for check in failed if check.problem] == []
    assert {check.description for check in failed} == {each.description for each in PARTS[source].expectations}
    # Some expectations are of all rows together, and name none.
    named = {place for check in failed for place in check.places}
    assert {str(number) for number in range(len(bad))} - named <= OF_ALL.get(source, set())


def test_a_tombstone_is_nothing_bad() -> None:
    source = PARTS["item.mirrored"].source
    assert isinstance(source, Topic)
    assert unmet("item.mirrored", [{**rows("item.mirrored")[0], "event_id": ID, **source.fields(None)}]) == []


def test_later_pages_may_be_empty_and_browsing_has_no_text() -> None:
    assert unmet("search.query", rows("search.query", replace(QUERIED, page=3, shown=(), text="", normalised=""))) == []


def test_what_was_deleted_a_moment_ago_is_counted_and_shown_no_more() -> None:
    assert unmet("search.query", rows("search.query", replace(QUERIED, total=1, shown=()))) == []


def test_a_search_cut_in_the_log_is_not_judged_by_its_end() -> None:
    cut = ("x" * 240 + " 010-1234-5678901")[:256]
    assert unmet("access.log", rows("access.log", nested(REQUEST, "herofactory.query", cut))) == []


def test_the_picture_of_an_approved_item_is_looked_for_where_pictures_lie(tmp_path: Path) -> None:
    (part,) = next(suite for suite in suites(FolderStore(tmp_path)) if suite.name == "catalogue").parts
    assert not isinstance(part.source, Topic)
    given = {**good.rows("items")[0]}
    found = [check for check in validate(part, [part.source.fields(given)]) if not check.met]
    assert [check.description for check in found] == ["the picture of an approved item is in the asset store"]


def test_unexpected_rows_are_counted_and_named_by_place_never_by_value() -> None:
    (check,) = unmet("search.query", [{**columns("search.query", person="smith")[0], "where": "search.query/2@7"}])
    assert (check.unexpected, check.rows, check.places) == (1, 2, ("search.query/2@7",))
    assert "smith" not in repr(check)


def test_an_expectation_that_cannot_be_checked_is_not_met_and_says_why() -> None:
    part = Part(Topic("item.created", lambda _: {}), PARTS["item.created"].expectations[7:8])
    (check,) = validate(part, [{"where": "item.created/0@0"}])
    assert not check.met
    assert check.problem
    assert "item_id" in check.reason


def test_without_rows_nothing_is_checked() -> None:
    assert validate(PARTS["item.created"], []) == []

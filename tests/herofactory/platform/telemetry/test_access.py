from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from herofactory.platform.telemetry.access import Access, network_of, origin_and_path
from herofactory.platform.telemetry.access_notes import AccessNotes, notes_of

PLAIN = Access(at=1_767_225_600.1239, duration_ns=1_500_000, method="GET", route="/r", path="/r", status=200)


def read(access: Access) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(access.line("0.1.0"))
    return document


def test_a_line_has_what_every_request_has() -> None:
    document = read(PLAIN)
    assert uuid.UUID(document["event"].pop("id")).version == 7
    assert document == {
        "@timestamp": "2026-01-01T00:00:00.123Z",
        "event": {"kind": "event", "dataset": "herofactory.access", "duration": 1_500_000, "outcome": "success"},
        "http": {"request": {"method": "GET"}, "response": {"status_code": 200}, "route": "/r"},
        "url": {"path": "/r"},
        "service": {"name": "herofactory-api", "version": "0.1.0"},
        "log": {"level": "info"},
        "ecs": {"version": "9.0.0"},
    }


def test_a_line_has_what_the_route_noted() -> None:
    notes = AccessNotes("p1", "s1", "불검", "q1", 3, "i1", "불타는 검", "NOT_FOUND")
    access = Access(0, 1, "GET", "/r", "/r", 404, "ab" * 16, "203.0.113.9", "agent", "https://x.test/a?b#c", notes)
    document = read(access)
    assert document["user"] == {"hash": "p1"}
    assert document["labels"] == {"session": "s1"}
    assert document["trace"] == {"id": "ab" * 16}
    assert document["user_agent"] == {"original": "agent"}
    assert document["http"]["request"]["referrer"] == "https://x.test/a"
    assert document["herofactory"] == {
        "query": "불검",
        "query_id": "q1",
        "total": 3,
        "item_id": "i1",
        "item_name": "불타는 검",
        "code": "NOT_FOUND",
    }


def test_a_line_is_one_line_whatever_is_in_it() -> None:
    wild = "\n\r\u2028\ud800" * 300
    line = Access(0, 1, "GET", "/r", wild, 200, user_agent=wild, notes=AccessNotes(query=wild)).line("1")
    assert line.count(b"\n") == 1
    document = json.loads(line)
    assert len(document["url"]["path"]) == 500
    assert len(document["user_agent"]["original"]) == 300
    assert len(document["herofactory"]["query"]) == 256


def test_a_line_begins_with_what_tells_it_from_others() -> None:
    """Followers know a file by its first bytes."""
    assert b'"id":"' in PLAIN.line("1")[:60]


@pytest.mark.parametrize(
    ("status", "outcome", "level"),
    [
        (200, "success", "info"),
        (404, "success", "warning"),
        (499, "success", "warning"),
        (500, "failure", "error"),
        (503, "failure", "error"),
    ],
)
def test_the_outcome_is_the_servers(status: int, outcome: str, level: str) -> None:
    document = read(Access(0, 1, "GET", "/r", "/r", status))
    assert (document["event"]["outcome"], document["log"]["level"]) == (outcome, level)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.0"),
        ("::ffff:203.0.113.9", "203.0.113.0"),
        ("2001:db8:1:2:3::4", "2001:db8:1::"),
        ("unix", None),
        (None, None),
    ],
)
def test_only_the_network_of_an_address_is_kept(address: str | None, network: str | None) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("referrer", "kept"),
    [
        ("https://user:secret@shop.test:8443/a/b?token=1#x", "https://shop.test:8443/a/b"),
        ("http://[2001:db8::1]/a", "http://[2001:db8::1]/a"),
        ("javascript:alert(1)", None),
        ("http://[broken", None),
        ("http://x.test:port/", None),
        (None, None),
    ],
)
def test_a_referrer_loses_everything_but_origin_and_path(referrer: str | None, kept: str | None) -> None:
    assert origin_and_path(referrer) == kept


def test_without_an_access_log_notes_may_be_taken_all_the_same() -> None:
    notes_of({}).query = "x"
    notes = AccessNotes()
    assert notes_of({"state": {"access": notes}}) is notes

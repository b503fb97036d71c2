"""The access log: figures of traffic come from it, and it must hold nothing personal."""

from __future__ import annotations

from typing import Any

from herofactory.insights.privacy.masking import masked
from herofactory.platform.telemetry.access import DATASET, TEXT_LONGEST, network_of
from herofactory.quality.suite import Part, Row, Suite, Topic
from herofactory.quality.suites.columns import between, holds, matches, present, record


def _field(document: Any, path: str) -> Any:
    for name in path.split("."):
        document = document.get(name) if isinstance(document, dict) else None
    return document


def _request(document: Any) -> Row:
    address, query = _field(document, "client.ip"), _field(document, "herofactory.query")
    # A text that was cut may look like something else.
    is_whole = isinstance(query, str) and len(query) < TEXT_LONGEST
    return {
        "route": _field(document, "http.route"),
        "method": _field(document, "http.request.method"),
        "status": _field(document, "http.response.status_code"),
        "duration_ns": _field(document, "event.duration"),
        "path": _field(document, "url.path"),
        "referrer": _field(document, "http.request.referrer"),
        "user_hash": _field(document, "user.hash"),
        "session_hash": _field(document, "labels.session"),
        "address_is_cut": network_of(address) == address if isinstance(address, str) else None,
        "query_is_masked": masked(query) == query if is_whole else None,
    }


_HASH = "^[0-9a-f]{16}$"
_LOGGED = Part(
    Topic("access.log", _request),
    (
        *record(DATASET),
        present("route", "the route is told"),
        present("method", "the method is told"),
        present("status", "the status is told"),
        between("status", 100, 599, "the status is one of HTTP's"),
        present("duration_ns", "the duration is told"),
        between("duration_ns", 0, None, "the duration is 0 or more"),
        matches("path", r"^[^?#]*$", "the path has no query string"),
        matches("referrer", r"^[^?#@]*$", "the referrer has neither query string nor user"),
        matches("user_hash", _HASH, "users are pseudonyms"),
        matches("session_hash", _HASH, "visits are pseudonyms"),
        holds("address_is_cut", "addresses are those of networks"),
        holds("query_is_masked", "personal data in searches is masked"),
    ),
)
SUITE = Suite("requests", "Requests, as the access log has them", (_LOGGED,))

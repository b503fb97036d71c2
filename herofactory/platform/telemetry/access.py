"""One request as a line of the access log: an ECS document without personal data.

`event.outcome` is ECS': the outcome from the perspective of who produced the event. A server that refuses with a 4xx
has done its work (success); from 500 on it has not (failure).
"""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from herofactory.platform.ids import uuid7
from herofactory.platform.telemetry.access_notes import AccessNotes

DATASET = "herofactory.access"
SERVICE = "herofactory-api"
ECS_VERSION = "9.0.0"
PATH_LONGEST = 500
AGENT_LONGEST = 300
TEXT_LONGEST = 256
"""Characters of what was searched for and of an item's name; longer ones would not be indexed."""
_FAILED = 500
_REFUSED = 400
_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Access:
    at: float
    """When the request came, seconds since the epoch."""
    duration_ns: int
    """Until its answer was sent."""
    method: str
    route: str
    """The template, `/api/v1/items/{item_id}`."""
    path: str
    """Without the query string."""
    status: int
    trace_id: str | None = None
    address: str | None = None
    """Whole; only its network gets into the line."""
    user_agent: str | None = None
    referrer: str | None = None
    """As it was sent; only origin and path get into the line."""
    notes: AccessNotes = field(default_factory=AccessNotes)

    def line(self, version: str) -> bytes:
        """With a new event id, and a line feed at the end."""
        return (_encode(self._document(version)) + "\n").encode("utf-8", "replace")

    def _document(self, version: str) -> dict[str, Any]:
        # Time and id first: followers of the file know it by its first bytes.
        document: dict[str, Any] = {
            "@timestamp": _iso(self.at),
            "event": {
                "id": str(uuid7()),
                "kind": "event",
                "dataset": DATASET,
                "duration": self.duration_ns,
                "outcome": "failure" if self.status >= _FAILED else "success",
            },
            "http": {
                "request": _given(method=self.method, referrer=origin_and_path(self.referrer)),
                "response": {"status_code": self.status},
                "route": self.route,
            },
            "url": {"path": self.path[:PATH_LONGEST]},
            "service": {"name": SERVICE, "version": version},
            "log": {"level": self._level()},
            "ecs": {"version": ECS_VERSION},
        }
        groups = {
            "trace": _given(id=self.trace_id),
            "client": _given(ip=network_of(self.address)),
            "user_agent": _given(original=_short(self.user_agent, AGENT_LONGEST)),
            "user": _given(hash=self.notes.user),
            "labels": _given(session=self.notes.session),
            "herofactory": self._told(),
        }
        return document | {name: group for name, group in groups.items() if group}

    def _told(self) -> dict[str, Any]:
        notes = self.notes
        return _given(
            query=_short(notes.query, TEXT_LONGEST),
            query_id=notes.query_id,
            total=notes.total,
            item_id=notes.item_id,
            item_name=_short(notes.item_name, TEXT_LONGEST),
            code=notes.code,
        )

    def _level(self) -> str:
        if self.status >= _FAILED:
            return "error"
        return "warning" if self.status >= _REFUSED else "info"


def network_of(address: str | None) -> str | None:
    """The first address of its /24 (IPv4) or /48 (IPv6); None for what is no address."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return None
    found = getattr(found, "ipv4_mapped", None) or found
    return str(ipaddress.ip_network((found, 24 if found.version == 4 else 48), strict=False).network_address)


def origin_and_path(referrer: str | None) -> str | None:
    """Without user, password, query and fragment; None for what is no web address."""
    try:
        parts = urlsplit(referrer or "")
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host:
        return None
    origin = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{origin}{f':{port}' if port else ''}{parts.path}"[:PATH_LONGEST]


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _short(text: str | None, longest: int) -> str | None:
    return text[:longest] if text else None


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from herofactory.platform.clock import SystemClock
from herofactory.platform.events import Headers
from herofactory.platform.events.headers import identity
from herofactory.platform.ids import uuid7
from herofactory.platform.telemetry.tracing import trace_id_of

EVENT = UUID("01a20a77-774f-7a04-a00a-45076ab8d83b")
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_headers_come_back_as_they_were() -> None:
    made = Headers.fresh("item.created", SystemClock(), revision=3, parent=PARENT)
    assert Headers.parse(made.to_bytes()) == made


def test_a_fresh_event_belongs_to_the_trace_of_its_parent() -> None:
    made = Headers.fresh("item.created", SystemClock(), parent=PARENT)
    assert trace_id_of(made.traceparent) == trace_id_of(PARENT)
    assert made.traceparent != PARENT


def test_event_time_travels_in_utc() -> None:
    seoul = datetime(2026, 1, 1, 9, tzinfo=timezone(timedelta(hours=9)))
    raw = Headers("e", "t", seoul).to_bytes()
    assert raw["occurred-at"] == b"2026-01-01T00:00:00.000000+00:00"


@pytest.mark.parametrize("name", ["event-id", "occurred-at"])
def test_a_missing_header_is_named(name: str) -> None:
    raw = Headers("e", "t", datetime.now(UTC)).to_bytes()
    del raw[name]
    with pytest.raises(ValueError, match=name):
        Headers.parse(raw)


def test_event_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Headers.parse({"event-id": b"e", "occurred-at": b"2026-01-01T00:00:00"})


@pytest.mark.parametrize("event_id", [str(EVENT), str(EVENT).upper(), EVENT.hex])
def test_id_and_time_alone_are_those_of_all_headers(event_id: str) -> None:
    raw = {"event-id": event_id.encode(), "occurred-at": b"2026-01-01T00:00:00.250000+09:00"}

    whole = Headers.parse(raw)

    assert identity(raw) == (whole.event_id, whole.occurred_at.timestamp())


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"event-id": str(uuid7()).encode()},
        {"occurred-at": b"2026-01-01T00:00:00Z"},
        {"event-id": b"", "occurred-at": b"2026-01-01T00:00:00Z"},
        {"event-id": b"e", "occurred-at": b"2026-01-01T00:00:00Z"},
        {"event-id": str(uuid7()).encode(), "occurred-at": b"2026-01-01T00:00:00"},
        {"event-id": str(uuid7()).encode(), "occurred-at": b"yesterday"},
    ],
)
def test_neither_is_taken_from_headers_without_them(raw: dict[str, bytes]) -> None:
    with pytest.raises(ValueError, match=r"."):
        identity(raw)

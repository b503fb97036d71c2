from __future__ import annotations

from types import SimpleNamespace

from herofactory.platform.records import NO_HEADERS
from streams.kafka.records import record_of


def found(headers: object) -> SimpleNamespace:
    return SimpleNamespace(
        topic="t", partition=1, offset=2, key=b"k", value=None, headers=headers, timestamp=1_700_000_000_500
    )


def test_a_header_without_a_value_is_no_header() -> None:
    record = record_of(found((("revision", None), ("event-id", b"1"), ("empty", b""))))
    assert dict(record.headers) == {"event-id": b"1", "empty": b""}


def test_a_record_without_headers_has_none_and_its_time_is_in_seconds() -> None:
    record = record_of(found(()))
    assert (record.headers, record.timestamp, record.value) == (NO_HEADERS, 1_700_000_000.5, None)

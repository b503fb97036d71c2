from __future__ import annotations

import pytest

from connectors.access_log.line import LONGEST, NoRecord, message
from herofactory.platform.events import Headers
from herofactory.platform.telemetry.access import Access


def test_a_record_is_the_line_itself_and_says_who_and_when_in_its_headers() -> None:
    line = Access(1_767_225_600.5, 1, "GET", "/r", "/불", 200).line("1").rstrip(b"\n")
    record = message("access.log", line)
    headers = Headers.parse(record.headers)
    assert (record.topic, record.key, record.value) == ("access.log", None, line)
    assert headers.event_id.encode() in line
    assert headers.event_type == "herofactory.access"
    assert headers.occurred_at.timestamp() == 1_767_225_600.5


ID, TIME = '"event":{"id":"01920000-0000-7000-8000-000000000000"}', '"@timestamp":"2026-01-01T00:00:00.000Z"'


@pytest.mark.parametrize(
    "line",
    [
        "",
        "half a li",
        "[]",
        "null",
        f"{{{ID}}}",
        f"{{{TIME}}}",
        f'{{{TIME},"event":{{"id":7}}}}',
        f'{{{TIME},"event":{{"id":"7"}}}}',
        f'{{{TIME},"event":null}}',
        f'{{"@timestamp":"2026-01-01T00:00:00",{ID}}}',
        f'{{"@timestamp":1767225600,{ID}}}',
        f'{{{TIME},{ID},"x":NaN}}',
        f'{{{TIME},{ID},"x":"{"x" * LONGEST}"}}',
        "[" * 60_000,
    ],
)
def test_anything_else_is_no_record(line: str) -> None:
    with pytest.raises(NoRecord):
        message("access.log", line.encode())


def test_bytes_that_are_no_text_are_no_record() -> None:
    with pytest.raises(NoRecord):
        message("access.log", f"{{{TIME},{ID},".encode() + b'"x":"\xff"}')

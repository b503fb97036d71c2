from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from herofactory.platform.telemetry.logging import configure_logging


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def told(*, as_json: bool) -> str:
    stream = io.StringIO()
    configure_logging("replay", json=as_json, stream=stream)
    logging.getLogger("delivery").warning("검 is %s", "broken")
    return stream.getvalue()


def test_a_line_for_people_has_colours_in_a_terminal_only() -> None:
    line = told(as_json=False)
    assert "검 is broken" in line
    assert "\x1b" not in line


def test_a_line_for_programs_is_json_with_its_part() -> None:
    line = json.loads(told(as_json=True))
    assert (line["event"], line["part"], line["level"]) == ("검 is broken", "replay", "warning")

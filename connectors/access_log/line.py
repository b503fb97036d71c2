"""From a line of the access log to a record of the topic."""

from __future__ import annotations

import json
from typing import Any

from herofactory.platform.events import Headers
from herofactory.platform.records import Outgoing

LONGEST = 65_536
"""Bytes; a line of ours has 3,000 at most."""


class NoRecord(ValueError):
    """A line that is no access record, and why."""


def message(topic: str, line: bytes) -> Outgoing:
    """The line itself as value; who and when it was also in the headers. Raises NoRecord."""
    if len(line) > LONGEST:
        raise NoRecord(f"a line of {len(line)} bytes; {LONGEST} is the longest")
    try:
        headers = Headers.of_document(json.loads(line, parse_constant=_refuse))
    except (ValueError, RecursionError) as error:
        raise NoRecord(f"{type(error).__name__}: {error}") from error
    return Outgoing(topic, None, line, headers.to_bytes())


def _refuse(what: str) -> Any:
    raise ValueError(f"{what} cannot be taken")

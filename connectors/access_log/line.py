"""From a line of the access log to a record of the topic."""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import Any

from herofactory.platform.events import Headers
from herofactory.platform.records import Outgoing
from herofactory.platform.telemetry.access import DATASET

LONGEST = 65_536
"""Bytes; a line of ours has 3,000 at most."""


class NoRecord(ValueError):
    """A line that is no access record, and why."""


def message(topic: str, line: bytes) -> Outgoing:
    """The line itself as value; who and when it was also in the headers. Raises NoRecord."""
    if len(line) > LONGEST:
        raise NoRecord(f"a line of {len(line)} bytes; {LONGEST} is the longest")
    try:
        document = json.loads(line, parse_constant=_refuse)
        headers = Headers(_id(document["event"]["id"]), DATASET, _time(document["@timestamp"]))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise NoRecord(f"{type(error).__name__}: {error}") from error
    return Outgoing(topic, None, line, headers.to_bytes())


def _id(text: Any) -> str:
    return str(uuid.UUID(text)) if isinstance(text, str) else _refuse("event.id")


def _time(text: Any) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else _refuse("a time without a zone")


def _refuse(what: str) -> Any:
    raise ValueError(f"{what} cannot be taken")

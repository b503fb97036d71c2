"""aiokafka's records as ours."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from herofactory.platform.records import NO_HEADERS, Record


def record_of(found: Any) -> Record:
    headers = MappingProxyType({name: value or b"" for name, value in found.headers}) if found.headers else NO_HEADERS
    return Record(found.topic, found.partition, found.offset, found.key, found.value, headers, found.timestamp / 1000)

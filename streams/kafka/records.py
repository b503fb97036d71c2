"""aiokafka's records as ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from herofactory.platform.records import NO_HEADERS, Record


def record_of(found: Any) -> Record:
    headers = headers_of(found.headers)
    return Record(found.topic, found.partition, found.offset, found.key, found.value, headers, found.timestamp / 1000)


def headers_of(pairs: Sequence[tuple[str, bytes | None]] | None) -> Mapping[str, bytes]:
    """A header without a value is none: Debezium sends one for a column that is null."""
    if not pairs:
        return NO_HEADERS
    found = dict(pairs)
    if None in found.values():
        found = {name: value for name, value in pairs if value is not None}
    return MappingProxyType(found)  # type: ignore[arg-type]  # none of them is None now

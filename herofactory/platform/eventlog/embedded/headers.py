"""Headers as bytes: per header one byte length + name, four bytes length + value. Binary safe, 5 bytes a header."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from herofactory.platform.records import NO_HEADERS

_LENGTH = struct.Struct(">I")
_MAX_NAME = 255


def encode(headers: Mapping[str, bytes] | Iterable[tuple[str, bytes]] | None) -> bytes | None:
    """None where there are no headers."""
    if not headers:
        return None
    parts: list[bytes] = []
    for name, value in headers.items() if isinstance(headers, Mapping) else headers:
        text = name.encode()
        if len(text) > _MAX_NAME:
            raise ValueError(f"Header name {name[:40]!r}... has {len(text)} bytes; at most {_MAX_NAME} are allowed.")
        parts += (bytes((len(text),)), text, _LENGTH.pack(len(value)), value)
    return b"".join(parts)


def decode(data: bytes | None) -> Mapping[str, bytes]:
    if not data:
        return NO_HEADERS
    headers: dict[str, bytes] = {}
    at, end = 0, len(data)
    while at < end:
        value_at = at + 1 + data[at]
        name = data[at + 1 : value_at].decode()
        (length,) = _LENGTH.unpack_from(data, value_at)
        at = value_at + 4 + length
        headers[name] = data[value_at + 4 : at]
    return MappingProxyType(headers)

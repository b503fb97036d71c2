"""A message as bytes on disk: length and CRC-32 (4 bytes each, big-endian), then topic, key, value and headers.

Every part is preceded by its length in 4 bytes; the length NOTHING stands for None.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from herofactory.platform.records import NO_HEADERS, Outgoing

_HEAD = struct.Struct(">II")
_LENGTH = struct.Struct(">I")
_NOTHING = 0xFFFFFFFF
LARGEST = 64_000_000
"""Bytes of one message beyond which a length is taken for damage."""
_OVERHEAD = 200
"""Bytes that a message takes in memory beside its contents, roughly."""


@dataclass(frozen=True, slots=True)
class Frame:
    message: Outgoing
    end: int
    """Where the next one begins."""


def size_of(message: Outgoing) -> int:
    """Bytes of memory, roughly."""
    headers = sum(len(name) + len(value) for name, value in message.headers.items())
    return _OVERHEAD + len(message.key or b"") + len(message.value or b"") + headers


def encode(message: Outgoing) -> bytes:
    parts = [message.topic.encode(), message.key, message.value]
    for name, value in message.headers.items():
        parts += (name.encode(), value)
    body = b"".join(map(_part, parts))
    return _HEAD.pack(len(body), zlib.crc32(body)) + body


def frames(data: bytes, start: int = 0) -> Iterator[Frame]:
    """The messages from `start` on, up to the first that is damaged or cut off."""
    while start + _HEAD.size <= len(data):
        length, checksum = _HEAD.unpack_from(data, start)
        end = start + _HEAD.size + length
        if not 0 < length <= LARGEST or end > len(data):
            return
        body = data[start + _HEAD.size : end]
        if zlib.crc32(body) != checksum:
            return
        yield Frame(_decode(body), end)
        start = end


def _part(part: bytes | None) -> bytes:
    return _LENGTH.pack(_NOTHING) if part is None else _LENGTH.pack(len(part)) + part


def _decode(body: bytes) -> Outgoing:
    topic, key, value, *headers = _parts(body)
    assert topic is not None
    named = zip(headers[::2], headers[1::2], strict=True)
    return Outgoing(
        topic.decode(), key, value, {(name or b"").decode(): text or b"" for name, text in named} or NO_HEADERS
    )


def _parts(body: bytes) -> Iterator[bytes | None]:
    at = 0
    while at < len(body):
        (length,) = _LENGTH.unpack_from(body, at)
        at += _LENGTH.size
        if length == _NOTHING:
            yield None
            continue
        yield body[at : at + length]
        at += length

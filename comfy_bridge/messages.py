"""What comes over the socket, told apart. Whatever is not known is nothing: every version adds messages."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PREVIEW = 1
PREVIEW_WITH_METADATA = 4
_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


@dataclass(frozen=True, slots=True)
class Event:
    type: str
    prompt_id: str | None
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Preview:
    image: bytes
    """JPEG or PNG."""
    prompt_id: str | None
    """None: an older server; whatever runs."""


def parse(message: str | bytes) -> Event | Preview | None:
    return _binary(message) if isinstance(message, bytes) else _text(message)


def _text(message: str) -> Event | None:
    try:
        fields = json.loads(message)
    except ValueError:
        return None
    data = fields.get("data") if isinstance(fields, dict) else None
    if not isinstance(data, dict) or not isinstance(fields.get("type"), str):
        return None
    prompt_id = data.get("prompt_id")
    return Event(fields["type"], prompt_id if isinstance(prompt_id, str) else None, data)


def _binary(message: bytes) -> Preview | None:
    """uint32 BE event; 1: uint32 format + picture; 4: uint32 length + JSON of that length + picture."""
    if len(message) < 8:
        return None
    kind, second = struct.unpack_from(">II", message)
    if kind == PREVIEW:
        return _preview(message[8:], None)
    if kind == PREVIEW_WITH_METADATA:
        return _preview(message[8 + second :], _metadata(message[8 : 8 + second]))
    return None


def _metadata(data: bytes) -> str | None:
    try:
        fields = json.loads(data)
    except ValueError:
        return ""
    return str(fields.get("prompt_id", "")) if isinstance(fields, dict) else ""


def _preview(image: bytes, prompt_id: str | None) -> Preview | None:
    return Preview(image, prompt_id) if image.startswith(_MAGIC) else None

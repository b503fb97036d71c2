from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from herofactory.platform.clock import moment_of
from herofactory.search.analysis.normalize import nfc
from herofactory.search.errors import DocumentError

# The range of the index's integer fields and of PostgreSQL's bigint.
MAX_INTEGER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class ItemDocument:
    """An approved item as the index stores it and search gives it back; the value of `item.mirrored`."""

    id: str
    revision: int
    name: str
    description: str
    category: str
    price: int
    created_at: datetime
    tags: tuple[str, ...] = ()
    auto_tags: tuple[str, ...] = ()
    popularity: float = 0.0
    seller_id: str = ""
    status: str = "approved"
    content_revision: int = 0
    updated_at: datetime | None = None
    external_id: str | None = None
    image_id: str | None = None
    attribution: Mapping[str, Any] | str | None = None

    def __post_init__(self) -> None:
        if not self.id:
            raise DocumentError("id is empty")
        for name in ("revision", "price", "content_revision"):
            value = getattr(self, name)
            if not 0 <= value <= MAX_INTEGER:
                raise DocumentError(f"{name} is {value}, not within 0..{MAX_INTEGER}")

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ItemDocument:
        """Reads the mirror's JSON object. Raises DocumentError naming the field."""
        try:
            return cls(
                id=_text(data, "id"),
                revision=_whole(data, "revision"),
                name=_text(data, "name"),
                description=_text(data, "description"),
                category=_text(data, "category"),
                price=_whole(data, "price"),
                created_at=_moment(data, "created_at"),
                tags=_texts(data, "tags"),
                auto_tags=_texts(data, "auto_tags"),
                popularity=float(data.get("popularity") or 0.0),
                seller_id=_text(data, "seller_id"),
                status=_text(data, "status"),
                content_revision=_whole(data, "content_revision"),
                updated_at=_moment(data, "updated_at") if data.get("updated_at") else None,
                external_id=data.get("external_id"),
                image_id=data.get("image_id"),
                attribution=data.get("attribution"),
            )
        except KeyError as missing:
            raise DocumentError(f"{missing.args[0]} is missing") from None

    def to_json(self) -> dict[str, Any]:
        # Not asdict, which copies deeply: this runs once per item of a rebuild.
        data = {field.name: getattr(self, field.name) for field in fields(self)}
        for name in ("created_at", "updated_at"):
            data[name] = data[name] and data[name].astimezone(UTC).isoformat()
        return data

    @classmethod
    def loads(cls, stored: bytes) -> ItemDocument:
        return cls.from_json(json.loads(stored))

    def dumps(self) -> bytes:
        return json.dumps(self.to_json(), ensure_ascii=False, separators=(",", ":")).encode()


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data[name]
    if not isinstance(value, str):
        raise DocumentError(f"{name} is {value!r}, not text")
    return nfc(value)


def _texts(data: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = data.get(name) or ()
    if not isinstance(values, list | tuple) or not all(isinstance(value, str) for value in values):
        raise DocumentError(f"{name} is {values!r}, not a list of texts")
    return tuple(nfc(value) for value in values)


def _whole(data: Mapping[str, Any], name: str) -> int:
    value = data[name]
    if not isinstance(value, int) or isinstance(value, bool):
        raise DocumentError(f"{name} is {value!r}, not a whole number")
    return value


def _moment(data: Mapping[str, Any], name: str) -> datetime:
    try:
        return moment_of(data[name])
    except (TypeError, ValueError):
        raise DocumentError(f"{name} is {data[name]!r}, not an ISO-8601 time") from None

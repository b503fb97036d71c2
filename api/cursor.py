"""Cursors: opaque to clients, signed, and good for the list they came from only."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from api.problem import Problem
from herofactory.accounts.signing_key import SigningKey

_MAC_BYTES = 16
LONGEST = 2_000
"""Characters beyond which a cursor is refused unread."""


class Cursors:
    def __init__(self, key: SigningKey) -> None:
        self._key = key.derive("cursor")

    def seal(self, position: Any, query: Mapping[str, Any]) -> str:
        """A cursor that stands at `position` (JSON) of the list that `query` (JSON) asks for."""
        body = _json(position)
        return base64.urlsafe_b64encode(self._mac(body, query) + body).rstrip(b"=").decode()

    def open(self, cursor: str, query: Mapping[str, Any]) -> Any:
        """Raises Problem INVALID_CURSOR for one that was tampered with or belongs to another list."""
        raw = _decode(cursor)
        mac, body = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(body, query)):
            raise _invalid()
        return json.loads(body)

    def _mac(self, body: bytes, query: Mapping[str, Any]) -> bytes:
        bound = hashlib.sha256(_json(query)).digest()
        return hmac.digest(self._key, bound + body, hashlib.sha256)[:_MAC_BYTES]


def _decode(cursor: str) -> bytes:
    if len(cursor) > LONGEST:
        raise _invalid()
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise _invalid() from error
    # One text per cursor: base64 would also take others whose last bits differ.
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != cursor:
        raise _invalid()
    return raw


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()


def _invalid() -> Problem:
    message = "take it unchanged from `next_cursor` and keep the other parameters the same"
    return Problem("INVALID_CURSOR", f"cursor: {message}", errors=[("cursor", message)])

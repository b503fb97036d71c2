"""Tickets: whoever holds one may watch one job for a moment. A browser's EventSource can send no token."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from uuid import UUID

from herofactory.accounts.signing_key import SigningKey
from herofactory.platform.clock import Clock

TTL_S = 60
"""Seconds in which watching must begin; it may go on for longer."""
_MAC_BYTES = 16


class InvalidTicket(ValueError):
    """Forged, for another job, or too old."""


class Tickets:
    def __init__(self, key: SigningKey, clock: Clock) -> None:
        self._key = key.derive("generation-ticket")
        self._clock = clock

    def issue(self, job_id: UUID) -> str:
        expires = struct.pack(">Q", int(self._clock.now().timestamp()) + TTL_S)
        return base64.urlsafe_b64encode(expires + self._mac(job_id, expires)).decode().rstrip("=")

    def check(self, job_id: UUID, ticket: str) -> None:
        """Raises InvalidTicket."""
        try:
            raw = base64.urlsafe_b64decode(ticket[:64] + "=" * (-len(ticket[:64]) % 4))
        except (binascii.Error, ValueError) as error:
            raise InvalidTicket("this is no ticket") from error
        expires, mac = raw[:8], raw[8:]
        if len(raw) != 8 + _MAC_BYTES or not hmac.compare_digest(mac, self._mac(job_id, expires)):
            raise InvalidTicket("the ticket is not for this job")
        if struct.unpack(">Q", expires)[0] < self._clock.now().timestamp():
            raise InvalidTicket(f"the ticket is older than {TTL_S} s: ask for another one")

    def _mac(self, job_id: UUID, expires: bytes) -> bytes:
        return hmac.digest(self._key, job_id.bytes + expires, hashlib.sha256)[:_MAC_BYTES]

"""Links: whoever holds one gets one image, until it expires. For <img> and downloads, which send no token."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from herofactory.accounts.signing_key import SigningKey
from herofactory.platform.clock import Clock

_MAC_BYTES = 16
SIGNATURE_CHARS = 2 * _MAC_BYTES


class LinkInvalid(ValueError):
    """Not signed here, or changed since."""


class LinkExpired(ValueError):
    """Signed here, and too old."""


@dataclass(frozen=True, slots=True)
class Link:
    expires: int
    """Seconds since 1970; the link is good before it."""
    signature: str

    @property
    def expires_at(self) -> datetime:
        return datetime.fromtimestamp(self.expires, UTC)


class Links:
    """`ttl_s`: seconds for which a link is good."""

    def __init__(self, key: SigningKey, ttl_s: int, clock: Clock) -> None:
        self._key = key.derive("asset-link")
        self._ttl_s = ttl_s
        self._clock = clock

    def sign(self, asset_id: UUID) -> Link:
        expires = int(self._clock.now().timestamp()) + self._ttl_s
        return Link(expires, self._signature(asset_id, expires))

    def check(self, asset_id: UUID, link: Link) -> None:
        """Raises LinkInvalid, LinkExpired."""
        if not hmac.compare_digest(link.signature.encode(), self._signature(asset_id, link.expires).encode()):
            raise LinkInvalid("the link was not signed for this: take it unchanged from /assets/{id}/link")
        if self._clock.now().timestamp() >= link.expires:
            raise LinkExpired(f"the link was good until {link.expires_at.isoformat()}: ask for another one")

    def _signature(self, asset_id: UUID, expires: int) -> str:
        return hmac.digest(self._key, asset_id.bytes + b"%d" % expires, hashlib.sha256)[:_MAC_BYTES].hex()

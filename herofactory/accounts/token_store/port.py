"""Logins: the port. tests/contract/token_store.py holds every adapter to it.

A login is a family of refresh tokens of which only the newest is good. Only hashes of them are stored.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from herofactory.platform.ids import uuid7

SECRET_BYTES = 32
_TEXT_CHARACTERS = 36 + 1 + 43
"""A UUID, a dot, and SECRET_BYTES in base64 without padding."""


class TokensUnavailable(RuntimeError):
    """The store does not answer. Nobody may be taken for signed in: refuse, and say that it is our fault."""


class UnknownToken(ValueError):
    """Never given, expired, or of a login that has ended."""


class TokenReused(UnknownToken):
    """It was exchanged before, so two people hold it. Its login has ended."""


class FamilyExists(ValueError):
    """A login begins once."""


@dataclass(frozen=True, slots=True)
class RefreshToken:
    family: UUID
    """The login. Access tokens carry it, so that they end with it."""
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(SECRET_BYTES), repr=False)

    @classmethod
    def first(cls) -> RefreshToken:
        """Begins a login."""
        return cls(uuid7())

    @classmethod
    def parse(cls, text: str) -> RefreshToken:
        """The opposite of str(). Raises UnknownToken."""
        family, _, secret = text.partition(".")
        if len(text) == _TEXT_CHARACTERS and len(secret) == 43:
            try:
                return cls(UUID(family), secret)
            except ValueError:
                pass
        raise UnknownToken("this is no refresh token")

    def __str__(self) -> str:
        return f"{self.family}.{self.secret}"

    def successor(self) -> RefreshToken:
        return RefreshToken(self.family)

    @property
    def digest(self) -> bytes:
        """32 bytes. The secret is random, so a plain hash keeps it."""
        return hashlib.sha256(self.secret.encode("utf-8", "surrogatepass")).digest()


@dataclass(frozen=True, slots=True)
class Rotated:
    subject: str
    token: RefreshToken


class TokenStore(Protocol):
    """Every method raises TokensUnavailable. Lifetimes are in seconds, by the store's clock."""

    async def put(self, token: RefreshToken, subject: str, ttl_s: float) -> None:
        """A login of `subject` begins with `token`. Raises FamilyExists."""

    async def rotate(self, token: RefreshToken, ttl_s: float) -> Rotated:
        """Exchange `token` for a new one; of requests at the same time one succeeds.

        A token that was exchanged before ends its whole login (see `revoke`), however old it is. Raises TokenReused,
        UnknownToken.
        """

    async def revoke(self, identity: UUID) -> None:
        """End a login (its family), or one access token (its `jti`). Repeating it changes nothing.

        Remembered for as long as access tokens live.
        """

    async def is_revoked(self, *identities: UUID) -> bool:
        """Whether any of these was revoked: ask with an access token's `jti` and family."""

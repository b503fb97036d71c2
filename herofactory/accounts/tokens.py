"""Access tokens: JWT, HS256, with issuer, audience, subject, role, issue and expiry time, and an id of their own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import jwt

from herofactory.accounts.principal import ROLES, Principal, Role, checked_subject
from herofactory.accounts.signing_key import SigningKey
from herofactory.platform.clock import Clock
from herofactory.platform.ids import uuid7

ALGORITHM = "HS256"
ISSUER = "herofactory"
AUDIENCE = "herofactory-api"
LEEWAY_S = 5.0
"""Seconds by which the clocks of issuer and verifier may differ."""
LONGEST = 4_096
"""Characters beyond which a token is refused unread."""
_PURPOSE = "access-token"
_CLAIMS = ["iss", "aud", "sub", "role", "iat", "exp", "jti"]


class InvalidToken(ValueError):
    """A token that proves nothing; the message says why, without repeating it."""


class TokenIssuer:
    def __init__(self, key: SigningKey, ttl_s: int, clock: Clock) -> None:
        self._key = key.derive(_PURPOSE)
        self._ttl = timedelta(seconds=ttl_s)
        self._clock = clock

    def issue(self, user: str, role: Role = "user") -> str:
        """A token for `user`. Raises ValueError for what is no user id or role."""
        if role not in ROLES:
            raise ValueError(f"unknown role {role!r}; choose one of {', '.join(ROLES)}")
        now = self._clock.now()
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": checked_subject(user),
            "role": role,
            "iat": now,
            "exp": now + self._ttl,
            "jti": str(uuid7()),
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM)


class TokenVerifier:
    def __init__(self, key: SigningKey) -> None:
        self._key = key.derive(_PURPOSE)

    def verify(self, token: str) -> Principal:
        """Raises InvalidToken: malformed, forged, expired, or of another issuer, audience or algorithm."""
        if len(token) > LONGEST:
            raise InvalidToken(f"the token is longer than {LONGEST} characters")
        return _principal(self._claims(token))

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            return jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                leeway=LEEWAY_S,
                options={"require": _CLAIMS},
            )
        except jwt.ExpiredSignatureError as error:
            raise InvalidToken("the token has expired") from error
        except (jwt.PyJWTError, ValueError) as error:
            raise InvalidToken("the token is not valid here") from error


def _principal(claims: dict[str, Any]) -> Principal:
    if claims["role"] not in ROLES:
        raise InvalidToken("the token names no role known here")
    try:
        return Principal(checked_subject(claims["sub"]), claims["role"])
    except ValueError as error:
        raise InvalidToken("the token names no user") from error

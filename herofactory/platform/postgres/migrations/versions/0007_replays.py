"""Replays, generations of their targets, fates of dead letters."""

from __future__ import annotations

from herofactory.platform.postgres.migrations.sql import run_beside

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    run_beside(__file__)

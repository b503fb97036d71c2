"""Prompts and generation jobs."""

from __future__ import annotations

from herofactory.platform.postgres.migrations.sql import run_beside

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run_beside(__file__)

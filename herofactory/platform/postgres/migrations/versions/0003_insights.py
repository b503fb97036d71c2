"""What people looked for and at, and the figures made of it."""

from __future__ import annotations

from herofactory.platform.postgres.migrations.sql import run_beside

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run_beside(__file__)

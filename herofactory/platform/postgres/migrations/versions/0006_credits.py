"""Credits of generated pictures."""

from __future__ import annotations

from herofactory.platform.postgres.migrations.sql import run_beside

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    run_beside(__file__)

"""Several processes of one name, each with a row of its own."""

from __future__ import annotations

from herofactory.platform.postgres.migrations.sql import run_beside

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run_beside(__file__)

"""Events say which replay caused them."""

from __future__ import annotations

from herofactory.platform.postgres.migrations.sql import run_beside

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    run_beside(__file__)

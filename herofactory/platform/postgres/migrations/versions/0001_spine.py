"""Items, assets, outbox, mirror, moderation, rate limits."""

from __future__ import annotations

from herofactory.platform.postgres.migrations.sql import run_beside

revision = "0001"
down_revision = None


def upgrade() -> None:
    run_beside(__file__)

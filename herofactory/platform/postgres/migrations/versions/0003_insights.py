"""What people looked for and at, and the figures made of it."""

from __future__ import annotations

from pathlib import Path

from alembic import op
from psycopg import Connection

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    # Past SQLAlchemy, to the driver: without parameters psycopg leaves '%' in the text alone.
    connection = op.get_bind().connection.driver_connection
    assert isinstance(connection, Connection)
    connection.execute(Path(__file__).with_suffix(".sql").read_bytes())

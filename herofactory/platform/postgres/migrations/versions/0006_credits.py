"""Credits of generated pictures."""

from __future__ import annotations

from pathlib import Path

from alembic import op
from psycopg import Connection

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    # Past SQLAlchemy, to the driver: without parameters psycopg leaves '%' in the text alone.
    connection = op.get_bind().connection.driver_connection
    assert isinstance(connection, Connection)
    connection.execute(Path(__file__).with_suffix(".sql").read_bytes())

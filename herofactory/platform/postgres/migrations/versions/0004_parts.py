"""Several processes of one name, each with a row of its own."""

from __future__ import annotations

from pathlib import Path

from alembic import op
from psycopg import Connection

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    # Past SQLAlchemy, to the driver: without parameters psycopg leaves '%' in the text alone.
    connection = op.get_bind().connection.driver_connection
    assert isinstance(connection, Connection)
    connection.execute(Path(__file__).with_suffix(".sql").read_bytes())

"""Running a version's SQL file."""

from __future__ import annotations

from pathlib import Path

from alembic import op
from psycopg import Connection


def run_beside(version: str) -> None:
    """The SQL file that lies beside the file `version` under the same name."""
    # Past SQLAlchemy, to the driver: without parameters psycopg leaves '%' in the text alone.
    connection = op.get_bind().connection.driver_connection
    assert isinstance(connection, Connection)
    connection.execute(Path(version).with_suffix(".sql").read_bytes())

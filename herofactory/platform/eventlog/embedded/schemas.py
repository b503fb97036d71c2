"""Schema texts and their ids, for the registry that lives in the log file."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from herofactory.platform.eventlog.embedded.readers import Readers
from herofactory.platform.eventlog.embedded.writer import Writer


class Schemas:
    def __init__(self, readers: Readers, writer: Writer) -> None:
        self._readers, self._writer = readers, writer

    def register(self, subject: str, schema: str) -> int:
        """The id of this text under this subject; ids are never reused."""

        def work(cursor: sqlite3.Cursor) -> int:
            cursor.execute("INSERT OR IGNORE INTO schemas (subject, schema) VALUES (?,?)", (subject, schema))
            found = cursor.execute("SELECT id FROM schemas WHERE subject=? AND schema=?", (subject, schema)).fetchone()
            return int(found[0])

        return int(self._writer.call(work))

    def get(self, schema_id: int) -> str:
        """Raises KeyError."""
        with self._readers.connection() as connection:
            found = connection.execute("SELECT schema FROM schemas WHERE id=?", (schema_id,)).fetchone()
        if found is None:
            raise KeyError(f"The event log holds no schema with id {schema_id}.")
        return str(found[0])

    def of(self, subject: str) -> Sequence[tuple[int, str]]:
        """(id, text), oldest first."""
        with self._readers.connection() as connection:
            return connection.execute(
                "SELECT id, schema FROM schemas WHERE subject=? ORDER BY id", (subject,)
            ).fetchall()
